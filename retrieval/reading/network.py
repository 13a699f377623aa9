"""The reader as it is trained: the bundled model's encoder with three heads on it.

    tokens     hidden states (batch, length, 384) of [CLS] question [SEP] title [SEP] passage [SEP]
    span       a linear head: logits that the answer starts, and ends, at a token; at [CLS]: that it
               is not in this passage
    relevance  of the hidden state at [CLS]: logit that the passage answers the question

The word vectors stay the bundled model's own: they need not be trained, nor shipped.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertModel

from retrieval.errors import ModelError


class ReaderNetwork(nn.Module):  # type: ignore[misc]  # torch's types are skipped
    """Encoder and heads."""

    def __init__(self, folder: Path, *, dropout: float = 0.0) -> None:
        """`dropout`: while it is trained."""
        super().__init__()
        self.encoder = BertModel.from_pretrained(
            folder, add_pooling_layer=False, attn_implementation="sdpa"
        )
        for module in self.encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = dropout
        width = self.encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.pooled = nn.Linear(width, width)
        self.relevance = nn.Linear(width, 1)
        self.encoder.embeddings.word_embeddings.requires_grad_(False)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor | None = None) -> tuple[Tensor, ...]:
        """Logits of start and end (batch, length), and of relevance (batch,)."""
        hidden = self.encoder(
            input_ids=ids, token_type_ids=types, attention_mask=mask
        ).last_hidden_state
        start, end = self.span(hidden).unbind(-1)
        return start, end, self.relevance(torch.tanh(self.pooled(hidden[:, 0])))[:, 0]

    def take(self, weights: Path) -> None:
        """Put what was learnt in its place. Raises ModelError where it is of another version."""
        found = {name: weight.float() for name, weight in load_file(weights).items()}
        missing, unknown = self.load_state_dict(found, strict=False)
        if unknown or set(missing) & set(self.learnt()):
            raise ModelError(f"The reader's weights in {weights} are of another version.")

    def learnt(self) -> dict[str, Tensor]:
        """The weights that are not the bundled model's own, by name."""
        trained = {name for name, weight in self.named_parameters() if weight.requires_grad}
        return {name: weight for name, weight in self.state_dict().items() if name in trained}
