"""Counts that partitions are made from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FOLDER = str(Path(__file__).parent)
if FOLDER not in sys.path:
    sys.path.insert(0, FOLDER)

from place_labels import place_labels  # noqa: E402

from mlkd.partition import LabelCounts  # noqa: E402


@pytest.fixture
def places() -> LabelCounts:
    """Counts of eight labels that fall into three groups."""
    return LabelCounts.of_labels(*place_labels(), 'places')
