"""Text to vectors: the seam (`protocol`), and the models behind it (`opening`)."""

from retrieval.embedding.opening import open_embedder
from retrieval.embedding.protocol import Embedded, Embedder, Matrix, PassageText, Vector

__all__ = ["Embedded", "Embedder", "Matrix", "PassageText", "Vector", "open_embedder"]
