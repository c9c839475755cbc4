"""Small stores and images."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from mlkd.proposals import ProposalStore, ProposalWriter

# Makes ``toy_images`` importable, here and in the processes that tests start.
FOLDER = str(Path(__file__).parent)
if FOLDER not in sys.path:
    sys.path.insert(0, FOLDER)
os.environ.setdefault('OMP_NUM_THREADS', '1')

GENERATOR = {'type': 'ByHand', 'ratios': [1, 2]}
KEYS = ['b/2.jpg', 'a/1.jpg', 'a/10.jpg', 'ü.jpg', 'b/1.jpg']


def boxes_of(index: int, count: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Valid boxes (count, 4) with odd fractions, and scores."""
    random = np.random.default_rng(index)
    height, width = size
    low = random.uniform(0, 0.5, (count, 2)) * (width, height)
    high = low + random.uniform(0.1, 0.5, (count, 2)) * (width, height)
    return np.concatenate([low, high], 1).astype(np.float32), random.random(count).astype(np.float32)


def content(keys: list[str] = KEYS) -> dict[str, tuple[np.ndarray, np.ndarray, tuple[int, int]]]:
    """Boxes, scores and size of images; the first has no box, the second one."""
    made = {}
    for index, key in enumerate(keys):
        size = (100 + index, 200 - index)
        made[key] = (*boxes_of(index, index if index < 2 else 7 * index, size), size)
    return made


@pytest.fixture
def store(tmp_path: Path) -> ProposalStore:
    """A store of :func:`content`."""
    with ProposalWriter(tmp_path / 'set.mlkd', 'toy', GENERATOR) as writer:
        for key, (boxes, scores, size) in content().items():
            writer.add(key, boxes, scores, size)
        return ProposalStore.open(writer.finish())
