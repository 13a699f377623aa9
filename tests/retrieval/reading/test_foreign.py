"""Other people's readers and rerankers: tiny models, made here, loaded by the real code."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertModel,
    BertTokenizerFast,
)

from retrieval.config import RetrievalSettings
from retrieval.embedding.bundled import bundled_folder
from retrieval.errors import ModelError
from retrieval.reading.opening import open_reader
from retrieval.reading.protocol import ReadingText

PASSAGES = [
    ReadingText("Chess", "Anna Berg won in Lindau. Nobody had expected it."),
    ReadingText("", "The river is quiet."),
    ReadingText("", ""),
]


def _tiny(folder: Path, kind: type[BertModel], **options: int) -> Path:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        **options,
    )
    kind(config).save_pretrained(folder)
    BertTokenizerFast.from_pretrained(bundled_folder()).save_pretrained(folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> RetrievalSettings:
    return RetrievalSettings(
        reader=True,
        cache=tmp_path / "cache",
        reader_model=str(_tiny(tmp_path / "reader", BertForQuestionAnswering)),
        threads=1,
    )


def test_any_question_answering_model_reads(settings: RetrievalSettings) -> None:
    reader = open_reader(settings)
    assert reader is not None
    found = reader.read("Who won?", PASSAGES)
    assert len(found) == 3
    first = found[0].span
    assert first is not None
    assert 0 <= first.start < first.end <= len(PASSAGES[0].text)
    assert found[0].relevance == found[0].margin
    assert found[2].span is None


def test_any_cross_encoder_judges_beside_it(tmp_path: Path, settings: RetrievalSettings) -> None:
    folder = _tiny(tmp_path / "judge", BertForSequenceClassification, num_labels=1)
    both = open_reader(settings.model_copy(update={"reranker_model": str(folder)}))
    alone = open_reader(settings)
    assert both is not None
    assert alone is not None
    assert both.name.endswith(alone.name)
    for one, other in zip(
        both.read("Who won?", PASSAGES), alone.read("Who won?", PASSAGES), strict=True
    ):
        assert (one.span, one.margin) == (other.span, other.margin)
        assert one.relevance != other.relevance


def test_a_model_of_two_scores_is_no_reranker(tmp_path: Path, settings: RetrievalSettings) -> None:
    folder = _tiny(tmp_path / "judge", BertForSequenceClassification, num_labels=2)
    with pytest.raises(ModelError, match="gives 2 scores"):
        open_reader(settings.model_copy(update={"reranker_model": str(folder)}))


def test_a_name_that_is_nowhere_is_told_with_its_setting(tmp_path: Path) -> None:
    settings = RetrievalSettings(reader=True, cache=tmp_path, reader_model="nobody/nothing")
    with pytest.raises(ModelError, match="RETRIEVAL_READER_MODEL"):
        open_reader(settings)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    settings = RetrievalSettings(reader=True, cache=tmp_path / "cache", reader_model=str(tmp_path))
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_reader(settings)


def test_off_means_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVAL_READER", "off")
    assert open_reader(RetrievalSettings(cache=tmp_path)) is None
