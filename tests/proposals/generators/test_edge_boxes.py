"""EdgeBoxes: where the boxes are, to the pixel, with either kind of edges."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torchvision.ops import box_iou

from mlkd.errors import ConfigError
from mlkd.proposals import EdgeBoxes
from mlkd.proposals.checks import check_boxes

sys.path.insert(0, str(Path(__file__).parent))
from edge_model import write_edge_model

OBJECTS = [[20, 30, 80, 110], [120, 15, 190, 60]]


def _scene() -> np.ndarray:
    image = np.full((140, 220, 3), 60, np.uint8)
    for (x1, y1, x2, y2), colour in zip(OBJECTS, [(30, 200, 240), (200, 60, 90)], strict=True):
        image[y1:y2, x1:x2] = colour
    return image


def _best(boxes: np.ndarray, n: int = 20) -> list[float]:
    return box_iou(torch.tensor(OBJECTS, dtype=torch.float32), torch.as_tensor(boxes[:n])).max(1)[0].tolist()


def test_first_boxes_cover_the_objects() -> None:
    boxes, scores = EdgeBoxes()(_scene())
    check_boxes('scene', boxes, scores, (140, 220))
    assert min(_best(boxes)) > 0.8
    assert (np.diff(scores) <= 0).all()
    assert scores[0] > 0.05
    assert len(np.unique(boxes, axis=0)) == len(boxes)


def test_boxes_are_counted_from_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV gives x, y counted from one and the distance to the last pixel: pixels 3 to 9 are x = 4, w = 6."""

    class Search:
        def getBoundingBoxes(self, strength: np.ndarray, normal: np.ndarray) -> tuple:
            return np.array([[4, 1, 6, 39], [1, 1, 59, 39]]), np.array([[0.5], [0.75]], np.float32)

    monkeypatch.setattr(cv2.ximgproc, 'createEdgeBoxes', lambda **settings: Search())
    boxes, scores = EdgeBoxes()(np.zeros((40, 60, 3), np.uint8))
    assert boxes.tolist() == [[0, 0, 60, 40], [3, 0, 10, 40]]
    assert scores.tolist() == [0.75, 0.5]


def test_mirrored_image_has_mirrored_boxes_nearly() -> None:
    """A pixel off on one side would show as a shift between the two."""
    image = _scene()
    mirrored, _ = EdgeBoxes()(np.ascontiguousarray(image[:, ::-1]))
    back = np.stack([220 - mirrored[:, 2], mirrored[:, 1], 220 - mirrored[:, 0], mirrored[:, 3]], 1)
    assert min(_best(back)) > 0.8


def test_large_image_is_searched_small_and_boxes_are_in_its_pixels() -> None:
    image = cv2.resize(_scene(), None, fx=5, fy=5, interpolation=cv2.INTER_NEAREST)
    boxes, scores = EdgeBoxes(short_side=140)(image)
    check_boxes('scene', boxes, scores, image.shape[:2])
    assert min(_best(boxes / 5)) > 0.8


def test_same_boxes_whatever_came_before() -> None:
    generator, image = EdgeBoxes(), _scene()
    first = generator(image)
    generator(np.random.default_rng(0).integers(0, 255, (90, 70, 3), dtype=np.uint8))
    for got in (generator(image), pickle.loads(pickle.dumps(generator))(image)):
        for array, expected in zip(got, first, strict=True):
            np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize('shape', [(1, 1), (3, 2000), (2000, 3), (2, 2), (20, 9000), (60, 60)])
def test_any_image_has_at_least_one_box(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for image in (noise, np.full((*shape, 3), 128, np.uint8)):
        boxes, scores = EdgeBoxes(max_boxes=50)(image)
        check_boxes('image', boxes, scores, shape)
        assert 1 <= len(boxes) <= 50
    assert (boxes.tolist(), scores.tolist()) == ([[0, 0, shape[1], shape[0]]], [np.float32(0.01)])


def test_structured_edges(tmp_path: Path) -> None:
    generator = EdgeBoxes(model=write_edge_model(tmp_path / 'model.yml.gz'))
    generator.prepare()
    boxes, scores = generator(_scene())
    check_boxes('scene', boxes, scores, (140, 220))
    assert min(_best(boxes, 50)) > 0.8
    assert len(boxes) != len(EdgeBoxes()(_scene())[0])
    again, _ = pickle.loads(pickle.dumps(generator))(_scene())
    np.testing.assert_array_equal(again, boxes)


def test_header_tells_what_is_in_the_model_not_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / 'a').mkdir()
    (tmp_path / 'b').mkdir()
    headers = [
        EdgeBoxes(model=write_edge_model(tmp_path / folder / 'model.yml', **options)).header()
        for folder, options in (('a', {}), ('b', {}), ('b', {'stride': 4}))
    ]
    assert headers[0] == headers[1] != headers[2]
    assert headers[0]['model']['file'] == 'model.yml'
    assert EdgeBoxes().header()['model'] is None


@pytest.mark.parametrize(
    'settings',
    [
        {'model': 'none.yml'},
        {'alpha': 1},
        {'beta': 0},
        {'eta': 2},
        {'min_score': 0},
        {'min_box_area': 1},
        {'max_aspect_ratio': 0.5},
        {'short_side': 0},
        {'max_boxes': 0},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_setting_out_of_range_is_named(settings: dict) -> None:
    with pytest.raises(ConfigError) as caught:
        EdgeBoxes(**settings)
    assert caught.value.where == f'EdgeBoxes.{next(iter(settings))}'


def test_opencv_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, 'ximgproc')
    with pytest.raises(ConfigError, match='no EdgeBoxes'):
        EdgeBoxes()
