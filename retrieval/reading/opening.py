"""From the settings to a reader that is ready to read, or none."""

from __future__ import annotations

import logging
import time

from retrieval.config import RetrievalSettings
from retrieval.embedding.form import FormError
from retrieval.embedding.making import Maker, ready_form
from retrieval.embedding.models import digest, find_model
from retrieval.embedding.opening import engine, processors
from retrieval.reading import shipped
from retrieval.reading.protocol import Reader
from retrieval.reading.runtime import OnnxReader, ReaderForm

log = logging.getLogger(__name__)

FORM_VERSION = 2
"""Counted up when forms are made in another way: those in a cache are then made anew."""


def open_reader(settings: RetrievalSettings) -> Reader | None:
    """The reader the settings name, None where they want none. Raises ModelError, whose text says
    what to do."""
    if not settings.reader:
        return None
    started = time.monotonic()
    reader: Reader = (
        _own(settings)
        if settings.reader_model is None
        else _foreign(settings.reader_model, "RETRIEVAL_READER_MODEL", settings)
    )
    if settings.reranker_model is not None:
        reader = _foreign(settings.reranker_model, "RETRIEVAL_RERANKER_MODEL", settings, reader)
    log.info("opened %s in %.2f s", reader.name, time.monotonic() - started)
    return reader


def _own(settings: RetrievalSettings) -> Reader:
    """The reader that comes with the program; its form is made first where the cache has none."""
    weights = shipped.weights()
    name = f"reader@{shipped.fingerprint(weights)[:16]}"
    folder = settings.cache / "models" / f"{name.replace('@', '-')}-{engine(FORM_VERSION)}"
    maker = Maker("the reader", "retrieval.reading.make", (str(weights),))
    threads = settings.threads or processors()
    ready_form(maker, folder, ReaderForm)
    try:
        return OnnxReader(folder, name=name, threads=threads)
    except FormError:
        # Whole, yet of no use: another version of the runtime made it, for one.
        ready_form(maker, folder, ReaderForm, again=True)
        return OnnxReader(folder, name=name, threads=threads)


def _foreign(
    name: str, setting: str, settings: RetrievalSettings, spans: Reader | None = None
) -> Reader:
    """A model that an operator names: a reader, or with `spans` a reranker beside that one."""
    model = find_model(name, setting=setting)
    # Imported here: it brings torch, which the usual process never loads.
    from retrieval.reading.foreign import CrossEncoderReranker, TransformersReader

    threads = settings.threads or processors()
    called = f"{model.name}@{digest(model, settings.cache / 'models' / 'digests')[:16]}"
    if spans is None:
        return TransformersReader(model.folder, name=called, threads=threads)
    return CrossEncoderReranker(model.folder, spans, name=called, threads=threads)
