"""``mlkd proposals merge`` as its user calls it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlkd.apis.cli import main
from mlkd.proposals import ProposalGenerator, ProposalStore, Shard, make_proposals
from mlkd.registry import GENERATORS

KEYS = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg']


@GENERATORS.register_module()
class CountingBoxes(ProposalGenerator):
    """As many boxes as an image's value says."""

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        boxes = [[row, 0, row + 1, 2] for row in range(int(image[0, 0, 0]))]
        return np.array(boxes, np.float32), np.ones(len(boxes), np.float32)


def gray(index: int) -> np.ndarray:
    return np.full((8, 9, 3), index + 1, np.uint8)


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    config, out = {'type': 'CountingBoxes'}, tmp_path / 'toy.mlkd'
    return [make_proposals(KEYS, gray, config, out, 'toy', 1, shard=Shard(index, 2)) for index in (1, 2)]


def merge(*words: object) -> int:
    return main(['proposals', 'merge', *map(str, words)])


def test_what_is_in_the_store_is_said(shards: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / 'x[' / 'a]' / 'all.mlkd'
    assert merge(*shards, '--out', out) == 0
    # Of 1, 2, 3, 4 and 5 boxes.
    said = f'{out}: 5 images, 15 boxes (1 to 5 per image, 3.0 on average)'
    assert capsys.readouterr().out.strip() == said
    assert ProposalStore.open(out).keys() == KEYS
    assert all(path.is_dir() for path in shards)


def test_a_shard_that_is_missing(shards: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert merge(shards[0], '--out', tmp_path / 'all.mlkd') == 1
    assert capsys.readouterr().err.startswith('ProposalError: ')
    assert not (tmp_path / 'all.mlkd').exists()
