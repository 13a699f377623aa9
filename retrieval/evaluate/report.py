"""A report as one self-contained page: figures, charts, and the questions that failed. Pure.

Nothing is fetched from anywhere and nothing runs in it; every text of a data set is escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from importlib import resources

from retrieval.evaluate import charts
from retrieval.evaluate.answering import Answering
from retrieval.evaluate.outcomes import Found, Outcome, Report

SHOWN = 200
"""Failing questions on the page: more would be read by nobody and make it heavy."""
_RANKS = 10
_NO_SOURCES = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Report) -> str:
    """The whole page as HTML."""
    title = f"{escape(report.dataset)}: evaluation"
    style = resources.files(__package__ or "").joinpath("page.css").read_text(encoding="utf-8")
    body = "".join(
        [
            f"<h1>{title}</h1>",
            f'<p class="soft">{_counts(report)}</p>',
            _figures(report),
            _answering(report.answering) if report.answering else "",
            "<h2>Charts</h2><div class=charts>",
            _rank_chart(report),
            _threshold_chart(report.answering) if report.answering else "",
            _calibration_chart(report.answering) if report.answering else "",
            "</div>",
            _failures([o for o in report.outcomes if o.failed]),
        ]
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_NO_SOURCES}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head><body>{body}</body></html>\n"
    )


def _counts(report: Report) -> str:
    left = f" ({report.left_out:,} left out)" if report.left_out else ""
    return (
        f"{len(report.outcomes):,} questions over {report.documents:,} documents{left} "
        f"in {report.passages:,} passages"
    )


def _figures(report: Report) -> str:
    rows = [
        f"<tr><td>{escape(name)}<td>{f.value:.3f}<td>{f.low:.3f} – {f.high:.3f}<td>{f.queries:,}"
        for name, f in report.metrics.items()
    ]
    times = "".join(
        f"<tr><td>answer time {escape(name)}<td>{value:.1f} ms<td><td>{len(report.outcomes):,}"
        for name, value in report.latency_ms.items()
    )
    head = "<tr><th>Figure<th>Value<th>95% interval<th>Questions"
    return f"<h2>Figures</h2><div class=scroll><table>{head}{''.join(rows)}{times}</table></div>"


def _answering(q: Answering) -> str:
    rows = [
        ("Answered, of all questions", q.answered / q.questions),
        ("Answerable, among the answered", q.precision),
        ("Right first passage, among the answered", q.right),
        ("Answered, among the answerable", q.recall),
        ("Unanswerable, among the refused", q.refusal_precision),
        ("Refused, among the unanswerable", q.refusal_recall),
        ("Answered and refused as they should", q.accuracy),
        ("Confidence tells answerable from not (AUROC)", q.auroc),
        ("Confidence tells right from wrong (AUROC)", q.auroc_right),
        ("Calibration error of the confidence", q.calibration_error),
        ("Brier score of the confidence", q.brier),
        ("Mean risk over all coverages", q.risk_area),
    ]
    cells = "".join(
        f"<tr><td>{name}<td>{'–' if value is None else f'{value:.3f}'}" for name, value in rows
    )
    return (
        f"<h2>Answering and refusing</h2><p class=soft>{q.answerable:,} of {q.questions:,} "
        f"questions can be answered.</p><div class=scroll><table>{cells}</table></div>"
    )


def rank_histogram(outcomes: Sequence[Outcome]) -> tuple[list[str], list[int]]:
    """Labels and counts: rank 1 to 10, later, and not found, of the questions that count."""
    ranks = Counter(
        "none" if o.rank is None else str(o.rank) if o.rank <= _RANKS else "later"
        for o in outcomes
        if o.query.ranked
    )
    labels = [*map(str, range(1, _RANKS + 1)), "later", "none"]
    return labels, [ranks[label] for label in labels]


def _rank_chart(report: Report) -> str:
    labels, counts = rank_histogram(report.outcomes)
    drawing = charts.bars(
        "Questions by rank of the first relevant document",
        labels,
        counts,
        x_label="rank of the first relevant document",
    )
    return _figure(drawing, "Where the first relevant document stood, in questions.")


def _threshold_chart(q: Answering) -> str:
    precision = [(p.threshold, p.precision) for p in q.curve if p.precision is not None]
    refused = [(p.threshold, p.refusal_recall) for p in q.curve if p.refusal_recall is not None]
    series = [
        charts.Line("right among the answered", "one", precision),
        charts.Line("answered", "two", [(p.threshold, p.answered) for p in q.curve]),
    ]
    if refused:
        series.append(charts.Line("unanswerable refused", "three", refused))
    drawing = charts.lines(
        "Precision over the refusal threshold",
        series,
        x_label="confidence below which nothing is answered",
        y_label="share",
    )
    return _figure(drawing, "What another refusal threshold would give.")


def _calibration_chart(q: Answering) -> str:
    largest = max(b.questions for b in q.bins)
    points = charts.Line(
        "right, at this confidence",
        "one",
        [(b.confidence, b.right) for b in q.bins],
        dots=[2 + 7 * (b.questions / largest) ** 0.5 for b in q.bins],
    )
    drawing = charts.lines(
        "Calibration of the confidence",
        [points],
        x_label="confidence claimed",
        y_label="share right",
        diagonal=True,
    )
    return _figure(drawing, "On the dashed line confidence is honest; larger dots hold more.")


def _figure(drawing: str, caption: str) -> str:
    return f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def _failures(failed: Sequence[Outcome]) -> str:
    if not failed:
        return "<h2>Failing questions</h2><p>None.</p>"
    worst = sorted(failed, key=lambda o: -o.reply.confidence)[:SHOWN]
    more = f" The {SHOWN} most confident are shown." if len(failed) > SHOWN else ""
    intro = f"<p class=soft>{len(failed):,} questions, the most confident first.{more}</p>"
    return f"<h2>Failing questions</h2>{intro}{''.join(map(_failure, worst))}"


def _failure(outcome: Outcome) -> str:
    query, reply = outcome.query, outcome.reply
    wanted = "; ".join(query.answers) or (
        "no answer" if query.answerable is False else ", ".join(query.relevant)
    )
    expected = ", ".join(f"{name} at rank {_rank(outcome, name)}" for name in query.relevant)
    returned = (
        f"<p>Returned from {escape(reply.passage.document)}:</p>"
        f"<blockquote>{_marked(reply.passage, reply.sentence)}</blockquote>"
        if reply.passage
        else "<p>Nothing was found.</p>"
    )
    return (
        f"<details><summary>{escape(query.question)} <span class=why>{_why(outcome)}</span>"
        f"</summary><p class=soft>{escape(query.id)} · confidence {reply.confidence:.2f}"
        f"{' · ' + escape(expected) if expected else ''}</p>"
        f"<p>Expected: {escape(wanted)}</p>{returned}</details>"
    )


def _why(outcome: Outcome) -> str:
    if outcome.query.answerable is False:
        return "answered, though nothing answers it"
    if outcome.right:
        return "refused, though its first passage was right"
    return "wrong first passage" + ("" if outcome.reply.answered else ", and refused")


def _rank(outcome: Outcome, document: str) -> str:
    ranking = outcome.ranking
    return str(ranking.index(document) + 1) if document in ranking else "none"


def _marked(passage: Found, sentence: Found | None) -> str:
    """The passage, escaped, its sentence within a mark."""
    if sentence is None or not passage.start <= sentence.start <= sentence.end <= passage.end:
        return escape(passage.text)
    start, end = sentence.start - passage.start, sentence.end - passage.start
    before, inside, after = passage.text[:start], passage.text[start:end], passage.text[end:]
    return f"{escape(before)}<mark>{escape(inside)}</mark>{escape(after)}"
