"""From the settings to an embedder that is ready to work."""

from __future__ import annotations

import logging
import os
import platform
import time
from pathlib import Path

from retrieval.config import RetrievalSettings
from retrieval.embedding.form import Form, FormError
from retrieval.embedding.making import Maker, ready_form
from retrieval.embedding.models import Model, digest, find_model
from retrieval.embedding.processor import byte_products
from retrieval.embedding.protocol import Embedder
from retrieval.embedding.text import COMPOSITION
from retrieval.embedding.tokens import Projection

log = logging.getLogger(__name__)

FORM_VERSION = 4
"""Counted up when forms are made in another way: those in a cache are then made anew."""


def open_embedder(settings: RetrievalSettings) -> Embedder:
    """The embedder the settings name; its fast form is made first where the cache has none.

    Raises ModelError, whose text says what to do.
    """
    started = time.monotonic()
    model = find_model(settings.model)
    cache = settings.cache / "models"
    fingerprint = digest(model, cache / "digests")[:16]
    projection = Projection.shipped() if model.bundled else None
    name = f"{model.name}@{fingerprint}/{COMPOSITION}"
    if projection is not None:
        name += f"/{projection.name}"
    # Texts may be embedded by what this processor is quick with.
    kind = "-".join(filter(None, [engine(FORM_VERSION), byte_products()]))
    folder = cache / f"{model.name}-{fingerprint}-{kind}"
    maker = Maker(
        model.name,
        "retrieval.embedding.make",
        (*(["--bundled"] if model.bundled else []), str(model.folder)),
    )
    threads = settings.threads or processors()
    try:
        embedder = _embedder(
            model, folder, ready_form(maker, folder, Form), name, threads, projection
        )
    except FormError:
        # Whole, yet of no use: another version of the runtime made it, for one.
        form = ready_form(maker, folder, Form, again=True)
        embedder = _embedder(model, folder, form, name, threads, projection)
    log.info("opened the model %s in %.2f s", name, time.monotonic() - started)
    return embedder


def _embedder(
    model: Model,
    folder: Path,
    form: Form,
    name: str,
    threads: int,
    projection: Projection | None,
) -> Embedder:
    if form.kind == "reference":
        # Imported here: it brings torch, which the usual process never loads.
        from retrieval.embedding.reference import ReferenceEmbedder

        log.warning("%s runs in torch, which is slower: %s", model.name, form.reason)
        return ReferenceEmbedder(model.folder, form, name=name, threads=threads)
    from retrieval.embedding.runtime import OnnxEmbedder

    return OnnxEmbedder(folder, form, name=name, threads=threads, projection=projection)


def engine(version: int) -> str:
    """What a stored form fits: the way it was made, and the machine it was tuned to."""
    return f"v{version}-{platform.machine().lower()}"


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
