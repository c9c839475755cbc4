"""The toy label graph of MSRN's acceptance checks, and a file of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlkd.partition import LabelCounts

#: N and M of five labels.
TOY = LabelCounts(
    ('a', 'b', 'c', 'd', 'e'),
    np.array([10, 12, 9, 8, 20]),
    np.array([[0, 6, 1, 0, 2], [6, 0, 0, 3, 5], [1, 0, 0, 4, 0], [0, 3, 4, 0, 8], [2, 5, 0, 8, 0]]),
    'toy',
)


def write_labels(path: Path, counts: LabelCounts = TOY, width: int = 300) -> Path:
    """A label file of the counts, with vectors drawn at random."""
    glove = np.random.default_rng(0).normal(size=(counts.num_classes, width)).astype(np.float32)
    np.savez(path, classes=np.array(counts.classes), adj=counts.pairs, nums=counts.images, glove=glove)
    return path
