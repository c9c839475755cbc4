"""Counts that partitions are made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.partition import LabelCounts, write_counts
from tests.partition.place_labels import place_labels


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """A file of how often things are seen together at three places."""
    return write_counts(LabelCounts.of_labels(*place_labels(), 'places'), tmp_path / 'places.npz')
