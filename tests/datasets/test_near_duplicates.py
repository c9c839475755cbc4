"""Copies of photos are found; photos that only resemble each other are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlkd.datasets.near_duplicates import look_of, near_duplicates, positions

CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    'low quality': lambda img: cv2.imdecode(cv2.imencode('.jpg', img, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], 1),
    'smaller': lambda img: cv2.resize(img, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA),
    'mirrored': lambda img: img[:, ::-1],
    'upside down': lambda img: img[::-1, ::-1],
    'turned': lambda img: np.rot90(img),
    'mirrored, turned and smaller': lambda img: cv2.resize(np.rot90(img[:, ::-1]), None, fx=0.5, fy=0.5),
    'brighter': lambda img: cv2.convertScaleAbs(img, alpha=1.1, beta=15),
    'grey': lambda img: cv2.cvtColor(cv2.cvtColor(img, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
}


@pytest.fixture(scope='module')
def photos() -> list[np.ndarray]:
    """Sixteen real photos from each of both parts."""
    root = Path(__file__).parents[2] / 'data' / 'coco_mini'
    if not root.is_dir():
        pytest.skip('data/coco_mini is not there')
    paths = [path for part in ('train2017', 'val2017') for path in sorted((root / part).glob('*.jpg'))[:16]]
    return [cv2.imread(str(path)) for path in paths]


@pytest.mark.parametrize('change', CHANGES)
def test_copies_are_found(photos: list[np.ndarray], change: str) -> None:
    looks = [look_of(np.ascontiguousarray(img)) for one in photos for img in (one, CHANGES[change](one))]
    groups = near_duplicates(looks)
    assert (groups[::2] == groups[1::2]).all()
    assert len(set(groups.tolist())) == len(photos)


def test_groups_go_by_way_of_others_and_blocks(photos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('mlkd.datasets.near_duplicates._BLOCK', 3)
    looks = [look_of(np.ascontiguousarray(img)) for img in (*photos[:5], photos[0][:, ::-1], photos[4], photos[0])]
    groups = near_duplicates(looks).tolist()
    assert groups[0] == groups[5] == groups[7]
    assert groups[4] == groups[6]
    assert len(set(groups)) == 5


def test_photos_of_nothing() -> None:
    grey, black = (look_of(np.full((30, 40, 3), value, np.uint8)) for value in (128, 0))
    groups = near_duplicates([grey, black, grey])
    assert groups[0] == groups[2] != groups[1]
    assert len(near_duplicates([])) == 0


def test_eight_positions() -> None:
    image = np.arange(9, dtype=np.uint8).reshape(3, 3)
    assert len({one.tobytes() for one in positions(image)}) == 8
