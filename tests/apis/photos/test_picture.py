"""A photo with labels and boxes, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mlkd.apis.photos import picture
from mlkd.apis.photos.picture import save_picture
from mlkd.apis.photos.results import PhotoResult
from mlkd.visualization import SheetItem

CLASSES = tuple('abcdefghijklmn')


def result(scores: list[float], threshold: float = 0.5, boxes: list[list[float]] | None = None) -> PhotoResult:
    """Boxes are of the first label, the second half as good as the first."""
    values = np.zeros(len(CLASSES), np.float32)
    values[: len(scores)] = scores
    found: dict[str, Any] = {}
    if boxes is not None:
        count = len(boxes)
        found = {'boxes': np.array(boxes, np.float32).reshape(-1, 4), 'box_labels': np.zeros(count, int)}
        found['box_scores'] = np.array([0.8, 0.4, 0.1][:count], np.float32)
    return PhotoResult(Path('dir/\x07[a].jpg'), CLASSES, values, np.full(len(CLASSES), threshold), **found)


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> list[tuple[SheetItem, dict[str, Any]]]:
    """What is drawn, instead of drawing it."""
    made: list[tuple[SheetItem, dict[str, Any]]] = []

    def sheet(items: list[SheetItem], classes: Any, **options: Any) -> str:
        assert classes == CLASSES
        made.append((items[0], options))
        return 'a figure'

    monkeypatch.setattr(picture, 'picture_sheet', sheet)
    monkeypatch.setattr(picture, 'save_png', lambda figure, path: path)
    return made


def test_a_large_photo_is_shrunk_and_its_boxes_with_it(sheets: list) -> None:
    boxes = [[0, 100, 2000, 900], [500, 0, 600, 50], [1, 1, 2, 2]]
    path = save_picture(Path('x.png'), result([0.9], boxes=boxes), np.zeros((1000, 2000, 3), np.uint8), 0.5)
    assert path == Path('x.png')
    item, options = sheets[0]
    assert item.image.shape == (500, 1000, 3)
    # Those that have half of the best one's score.
    assert item.boxes.tolist() == [[0, 50, 1000, 450], [250, 0, 300, 25]]
    assert item.box_classes == [0, 0]
    assert item.box_scores == pytest.approx([0.8, 0.4])
    assert item.present is None
    assert options['note'].startswith('Boxes: ')


@pytest.mark.parametrize(
    ('size', 'shown'),
    [((1000, 400), (1000, 400)), ((40, 30), (40, 30)), ((1001, 1), (1000, 1)), ((2, 9000), (1, 1000))],
)
def test_sizes(sheets: list, size: tuple[int, int], shown: tuple[int, int]) -> None:
    save_picture(Path('x.png'), result([0.9]), np.zeros((*size, 3), np.uint8), 0.5)
    assert sheets[0][0].image.shape[:2] == shown


def test_of_no_detector_and_of_one_that_found_nothing(sheets: list) -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    for boxes, note in ((None, 'Dashed: threshold.'), ([], 'Boxes: ')):
        save_picture(Path('x.png'), result([0.9], boxes=boxes), image, 0.5)
        item, options = sheets[-1]
        assert item.boxes.shape == (0, 4)
        assert options['note'].startswith(note)


@pytest.mark.parametrize(('passed', 'listed'), [(0, 5), (3, 5), (7, 7), (14, 10)])
def test_labels_that_are_listed(sheets: list, passed: int, listed: int) -> None:
    save_picture(Path('x.png'), result([0.9] * passed), np.zeros((4, 4, 3), np.uint8), 0.5)
    options = sheets[0][1]
    assert options['top'] == listed
    assert options['threshold'] == [0.5] * len(CLASSES)
    assert options['title'] == '\x07[a].jpg'


def test_the_picture_shows_the_photo(tmp_path: Path) -> None:
    image = np.zeros((60, 90, 3), np.uint8)
    image[..., 2] = 255
    path = save_picture(tmp_path / 'new' / 'x.png', result([0.9, 0.3], boxes=[[10, 10, 40, 50]]), image, 0.5)
    pixels = cv2.imread(str(path))
    red = (pixels == (0, 0, 255)).all(-1)
    rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert width / height == pytest.approx(1.5, rel=0.02)
    assert red[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.9
