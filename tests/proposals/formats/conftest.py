"""Images and boxes that formats are tried on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlkd.proposals.convert import convert_proposals
from mlkd.proposals.formats import ProposalFormat
from mlkd.proposals.formats.base import FileEntry, ImageEntry
from mlkd.proposals.formats.store_format import StoreFolder
from mlkd.proposals.image_catalogue import ImageCatalogue, ImageRecord
from mlkd.proposals.store import ProposalStore

SIZES = [(375, 500), (500, 375), (333, 500), (20, 30)]


def random_entry(index: int, count: int, integers: bool = False) -> ImageEntry:
    """Boxes that touch all borders of an image, best first.

    Args:
        index: Which image.
        count: Number of boxes.
        integers: Whole pixels only.
    """
    random = np.random.default_rng(index)
    height, width = SIZES[index % len(SIZES)]
    corners = np.sort(random.random((count, 2, 2)), axis=1) * (width, height)
    corners = np.round(corners) if integers else corners
    boxes = corners.reshape(-1, 4).astype(np.float32)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1).clip(max=(width, height))
    boxes[:, :2] = np.minimum(boxes[:, :2], boxes[:, 2:] - 1)
    boxes[:1], boxes[1:2, :2] = (0, 0, width, height), 0
    scores = np.sort(random.random(count).astype(np.float32))[::-1].copy()
    name = f'{index + 1:06d}'
    label = np.array([index % 2, 1], np.int8)
    record = ImageRecord(f'JPEGImages/{name}.jpg', f'/data/JPEGImages/{name}.jpg', name, (height, width), label)
    return ImageEntry(record, index, boxes, scores, (height, width))


@pytest.fixture
def entries() -> list[ImageEntry]:
    """Four images with 7, 1, 30 and 2 boxes."""
    return [random_entry(index, count) for index, count in enumerate((7, 1, 30, 2))]


@pytest.fixture
def catalogue(entries: list[ImageEntry]) -> ImageCatalogue:
    """Their images."""
    return ImageCatalogue([entry.record for entry in entries], 'toy')


@pytest.fixture
def to_store(tmp_path: Path, catalogue: ImageCatalogue) -> Callable[..., ProposalStore]:
    """``to_store(path, reader)`` converts a file into a store and opens it; options as of ``convert_proposals``."""

    def convert(path: Path, reader: ProposalFormat, **options: object) -> ProposalStore:
        out = tmp_path / f'{path.name}.mlkd'
        convert_proposals(path, reader, out, StoreFolder(), options.pop('images', catalogue), **options)
        return ProposalStore.open(out)

    return convert


def check_same(store: ProposalStore, entries: list[ImageEntry], scores: bool = True) -> None:
    """Boxes and scores of a store are those of ``entries``, bit for bit."""
    assert sorted(store) == sorted(entry.record.key for entry in entries)
    for entry in entries:
        found = store[entry.record.key]
        np.testing.assert_array_equal(found.bboxes, entry.bboxes)
        np.testing.assert_array_equal(found.scores, entry.scores if scores else np.ones(len(entry.scores)))
        assert found.size == entry.size


def boxes_of(found: FileEntry) -> list[list[float]]:
    """Boxes of what a reader gives, as lists."""
    return np.asarray(found.bboxes, float).tolist()
