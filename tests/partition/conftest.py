"""Counts that partitions are made from."""

from __future__ import annotations

import pytest

from mlkd.partition import LabelCounts
from tests.partition.place_labels import place_labels


@pytest.fixture
def places() -> LabelCounts:
    """Counts of eight labels that fall into three groups."""
    return LabelCounts.of_labels(*place_labels(), 'places')
