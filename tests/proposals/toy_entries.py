"""Images and boxes that formats are tried on."""

from __future__ import annotations

import numpy as np

from mlkd.proposals import ProposalStore
from mlkd.proposals.formats.base import ImageEntry
from mlkd.proposals.image_catalogue import ImageRecord

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


def check_same(store: ProposalStore, entries: list[ImageEntry], scores: bool = True) -> None:
    """Boxes and scores of a store are those of ``entries``, bit for bit."""
    assert sorted(store) == sorted(entry.record.key for entry in entries)
    for entry in entries:
        found = store[entry.record.key]
        np.testing.assert_array_equal(found.bboxes, entry.bboxes)
        np.testing.assert_array_equal(found.scores, entry.scores if scores else np.ones(len(entry.scores)))
        assert found.size == entry.size
