from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlkd.errors import ConfigError, DataError, ProposalError
from mlkd.proposals import ProposalGenerator, ProposalWriter
from mlkd.published import proposer as module
from mlkd.published.proposer import Proposer

IMAGE = np.zeros((20, 30, 3), np.uint8)
BOX = np.array([[1, 2, 3, 4]], np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with ProposalWriter(tmp_path / 'a.mlkd', 'toy', {'type': 'ByHand'}) as writer:
        writer.add('a.jpg', BOX, np.array([0.5], np.float32), (20, 30))
        writer.finish()
    return tmp_path / 'a.mlkd'


def with_generator(monkeypatch: pytest.MonkeyPatch, made: object, store: Path | None = None) -> Proposer:
    """A proposer whose generator gives this, or raises it."""

    class Toy(ProposalGenerator):
        ready = False

        def prepare(self) -> None:
            self.ready = True

        def __call__(self, image: np.ndarray) -> object:
            assert self.ready, 'what a call needs is loaded in prepare'
            if isinstance(made, Exception):
                raise made
            return made

    monkeypatch.setattr(module, 'build_generator', lambda config: Toy())
    return Proposer({'type': 'Toy'}, store)


def test_the_store_first_and_the_generator_for_others(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proposer = with_generator(monkeypatch, ([[0, 0, 9, 9]], [1.0]), store)
    assert proposer('a.jpg', IMAGE).bboxes.tolist() == BOX.tolist()
    made = proposer('b.jpg', IMAGE)
    assert (made.bboxes.tolist(), made.scores.tolist(), made.size) == ([[0, 0, 9, 9]], [1], (20, 30))
    assert (made.bboxes.dtype, made.scores.dtype) == (np.float32, np.float32)


def test_same_boxes_as_in_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, as where proposals of a data set are made."""
    boxes = [[0, 0, 9, 9], [1, 2, 3, 4], [0, 0, 9, 9]]
    made = with_generator(monkeypatch, (boxes, [0.5, 0.4, 0.3]))('b.jpg', IMAGE)
    assert made.bboxes.tolist() == boxes[:2]


def test_neither_store_nor_generator() -> None:
    with pytest.raises(ConfigError, match=r'(?s)proposals\.generator.*--proposals NAME\.mlkd'):
        Proposer(None)


def test_a_store_that_lacks_a_photo(store: Path) -> None:
    with pytest.raises(ProposalError, match=r'(?s)a\.mlkd.*no b\.jpg'):
        Proposer(None, store)('b.jpg', IMAGE)


def test_whatever_a_generator_raises_names_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProposalError, match=r'(?s)failed.*where: b\.jpg.*ZeroDivisionError: oh') as error:
        with_generator(monkeypatch, ZeroDivisionError('oh'))('b.jpg', IMAGE)
    assert isinstance(error.value.__cause__, ZeroDivisionError)
    with pytest.raises(DataError, match='own words'):
        with_generator(monkeypatch, DataError('own words'))('b.jpg', IMAGE)


@pytest.mark.parametrize('made', [([[0, 0, 31, 9]], [1.0]), ([[5, 0, 5, 9]], [1.0]), ([[0, 0, 9, 9]], [float('nan')])])
def test_boxes_that_cannot_be_are_refused(made: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProposalError, match=r'b\.jpg'):
        with_generator(monkeypatch, made)('b.jpg', IMAGE)
