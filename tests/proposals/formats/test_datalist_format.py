"""The datalist in conversions: the frame of 672 pixels and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_entries import random_entry

from mlkd.errors import ConfigError, DataError, ProposalError
from mlkd.proposals.formats import Datalist
from mlkd.proposals.formats.base import ImageEntry
from mlkd.proposals.formats.datalist import read_datalist, to_frame


@pytest.mark.parametrize('size', [(375, 500), (672, 672), (1, 1), (333, 1999), (4000, 97)])
def test_every_pixel_comes_back(size: tuple[int, int]) -> None:
    """Read into pixels of the image and written again, all corners are the same numbers."""
    low = np.arange(672)
    boxes = np.stack([low, low[::-1], np.full(672, 671), np.maximum(low, low[::-1])], axis=1).astype(np.float32)
    boxes = np.concatenate([boxes, np.stack([low] * 4, axis=1).astype(np.float32)])
    pixels = Datalist().to_pixels(boxes, size).astype(np.float32)
    assert (pixels[:, 2:] > pixels[:, :2]).all(), 'a box of one pixel has an area'
    assert (pixels >= 0).all()
    assert (pixels[:, 2:] <= (size[1], size[0])).all()
    np.testing.assert_array_equal(to_frame(pixels, size), boxes)


def test_by_hand() -> None:
    """Pixels 134 to 335 of 672 across are 100 to 250 of 500; 671 is the border."""
    found = Datalist().to_pixels(np.array([[134.0, 0, 335, 671]]), (375, 500))
    np.testing.assert_allclose(found, [[134 * 500 / 672, 0, 250, 375]], rtol=1e-6)


def test_way_back(tmp_path: Path, entries: list[ImageEntry], to_store: Callable) -> None:
    (tmp_path / 'a').mkdir()
    Datalist(num_proposals=30).write(tmp_path / 'a' / 'l.txt', entries)
    first = (tmp_path / 'a' / 'l.txt').read_text()
    store = to_store(tmp_path / 'a' / 'l.txt', Datalist(num_classes=2, num_proposals=30))
    for entry in entries:
        found = store[entry.record.key]
        np.testing.assert_array_equal(to_frame(found.bboxes, entry.size), to_frame(entry.bboxes, entry.size))
        np.testing.assert_array_equal(found.scores, entry.scores)
    again = [replace(entry, bboxes=store[entry.record.key].bboxes) for entry in entries]
    Datalist(num_proposals=30).write(tmp_path / 'again.txt', again)
    assert (tmp_path / 'again.txt').read_text() == first


def test_best_are_kept_in_their_order(tmp_path: Path) -> None:
    entry = random_entry(0, 5)
    entry = replace(entry, scores=np.array([0.1, 0.5, 0.3, 0.5, 0.2], np.float32))
    writer = Datalist(num_proposals=3)
    writer.write(tmp_path / 'l.txt', [entry])
    assert writer.left_out == 2
    (line,) = read_datalist(tmp_path / 'l.txt', 2, 3)
    assert line.scores.tolist() == np.float32([0.5, 0.3, 0.5]).tolist()
    assert line.label.tolist() == entry.record.label.tolist()


@pytest.mark.parametrize('numbers', [{'num_proposals': -3}, {'num_classes': 0}, {'num_classes': 2.5}])
def test_numbers_that_no_line_has(numbers: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match='makes no sense') as caught:
        Datalist(**numbers)
    assert caught.value.where == f'--{next(iter(numbers)).replace("_", "-")}'


def test_wrong(tmp_path: Path, entries: list[ImageEntry], to_store: Callable) -> None:
    (tmp_path / 'l.txt').write_text('000001.jpg 1 0 10 20 30 40 0.5\n')
    with pytest.raises(ConfigError, match='how many labels'):
        to_store(tmp_path / 'l.txt', Datalist())
    with pytest.raises(DataError, match='too few') as caught:
        to_store(tmp_path / 'l.txt', Datalist(num_classes=3, num_proposals=1), partial=True)
    assert caught.value.where == f'{tmp_path / "l.txt"}:1'
    unlabelled = replace(entries[0], record=replace(entries[0].record, label=None))
    with pytest.raises(ProposalError, match='labels of the images, which are not known'):
        Datalist().write(tmp_path / 'x.txt', [unlabelled])
    assert not (tmp_path / 'x.txt').exists()
