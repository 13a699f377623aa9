import asyncio
import threading

import pytest

from retrieval.worker import Once, Worker


async def test_everything_runs_on_one_thread_that_is_not_the_loops():
    async with Worker() as worker:
        threads = await asyncio.gather(*(worker.run(threading.get_ident) for _ in range(10)))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_the_caller_gets_the_result_or_the_exception():
    async with Worker() as worker:
        assert await worker.run(divmod, 7, 2) == (3, 1)
        assert await worker.run_background(sorted, [2, 1], reverse=True) == [2, 1]
        with pytest.raises(ZeroDivisionError):
            await worker.run(divmod, 1, 0)
        assert await worker.run(len, "still working") == 13


async def test_the_end_of_an_iterator_is_an_error_and_not_the_end_of_the_caller():
    async with Worker() as worker:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await worker.run(next, iter(()))


async def test_a_question_goes_ahead_of_batches_that_wait():
    order: list[str] = []
    gate = threading.Event()
    async with Worker() as worker:
        running = asyncio.create_task(worker.run_background(gate.wait))
        await asyncio.sleep(0)
        batches = [
            asyncio.create_task(worker.run_background(order.append, f"batch {n}")) for n in (1, 2)
        ]
        await asyncio.sleep(0)
        question = asyncio.create_task(worker.run(order.append, "question"))
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(running, question, *batches)
    assert order == ["question", "batch 1", "batch 2"]


async def test_a_cancelled_caller_takes_back_a_job_that_has_not_begun():
    ran: list[str] = []
    gate = threading.Event()
    async with Worker() as worker:
        running = asyncio.create_task(worker.run(gate.wait))
        waiting = asyncio.create_task(worker.run(ran.append, "taken back"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.set()
        assert await running is True
        assert await worker.run(len, "abc") == 3
    assert ran == []


async def test_a_cancelled_caller_does_not_break_the_job_at_work():
    begun, gate, done = threading.Event(), threading.Event(), threading.Event()

    def job() -> None:
        begun.set()
        gate.wait()
        done.set()

    async with Worker() as worker:
        task = asyncio.create_task(worker.run(job))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        assert await worker.run(done.is_set) is True


async def test_closing_finishes_the_job_at_work_and_cancels_the_rest():
    begun, gate = threading.Event(), threading.Event()

    def job() -> str:
        begun.set()
        gate.wait()
        return "finished"

    worker = Worker()
    running = asyncio.create_task(worker.run(job))
    await asyncio.to_thread(begun.wait)
    waiting = asyncio.create_task(worker.run(len, "never"))
    await asyncio.sleep(0)
    closing = asyncio.create_task(worker.close())
    await asyncio.sleep(0.01)
    gate.set()
    await closing
    assert await running == "finished"
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(RuntimeError):
        await worker.run(len, "closed")


async def test_what_is_opened_once_is_opened_once_for_all() -> None:
    opened = []
    async with Worker() as worker:
        once = Once(worker, lambda: opened.append(1) or object())
        first, second = await asyncio.gather(once.get(), once.get())
        assert first is second is await once.get()
    assert opened == [1]


async def test_what_could_not_be_opened_is_tried_again() -> None:
    answers = iter([OSError("not yet"), "open"])

    def opening() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    async with Worker() as worker:
        once = Once(worker, opening)
        with pytest.raises(OSError, match="not yet"):
            await once.get()
        assert await once.get() == "open"


async def test_one_who_gives_up_waiting_stops_nobody_else() -> None:
    go_on = threading.Event()
    async with Worker() as worker:
        once = Once(worker, lambda: go_on.wait(10))
        impatient, patient = (asyncio.create_task(once.get()) for _ in range(2))
        await asyncio.sleep(0.05)
        impatient.cancel()
        go_on.set()
        assert await patient is True
