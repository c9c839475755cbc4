"""Boxes of segments: the right ones, the same every time."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from torch import as_tensor
from torchvision.ops import box_iou

from mlkd.datasets import Shapes
from mlkd.errors import ConfigError
from mlkd.proposals import GraphSegmentation
from mlkd.proposals.checks import check_boxes


def _blocks() -> tuple[np.ndarray, list[list[int]]]:
    image = np.full((90, 120, 3), 120, np.uint8)
    boxes = [[10, 20, 40, 60], [60, 10, 110, 50]]
    for (x1, y1, x2, y2), colour in zip(boxes, [(250, 30, 30), (20, 220, 60)], strict=True):
        image[y1:y2, x1:x2] = colour
    return image, boxes


def test_segments_become_boxes_to_the_pixel_and_the_ground_the_whole_image() -> None:
    image, truth = _blocks()
    boxes, scores = GraphSegmentation(sigma=0.1)(image)
    assert boxes.dtype == scores.dtype == np.float32
    assert sorted(boxes.tolist()) == sorted([*truth, [0, 0, 120, 90]])
    assert (scores == 1).all()


def test_a_plain_image_is_one_box() -> None:
    boxes, _ = GraphSegmentation()(np.zeros((40, 50, 3), np.uint8))
    assert boxes.tolist() == [[0, 0, 50, 40]]


def test_small_segments_are_merged_and_the_number_is_limited() -> None:
    image, truth = _blocks()
    boxes, _ = GraphSegmentation(sigma=0.1, min_pixels=1500)(image)
    assert truth[0] not in boxes.tolist()
    assert truth[1] in boxes.tolist()
    few, _ = GraphSegmentation(sigma=0.1, max_boxes=2)(image)
    np.testing.assert_array_equal(few, GraphSegmentation(sigma=0.1)(image)[0][:2])


def test_boxes_are_valid_the_same_each_time_and_cover_the_objects_of_shapes() -> None:
    dataset, generator = Shapes(num_images=25), GraphSegmentation()
    hits = []
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        image = info['render']()
        boxes, scores = generator(image)
        check_boxes(info['img_key'], boxes, scores, image.shape[:2])
        again, _ = pickle.loads(pickle.dumps(generator))(image)
        np.testing.assert_array_equal(boxes, again)
        truth = [item['bbox'] for item in info['instances'] if not item['ignore_flag']]
        if truth:
            hits += (box_iou(as_tensor(truth), as_tensor(boxes[:30])).max(1).values > 0.5).tolist()
    assert np.mean(hits) > 0.85


@pytest.mark.parametrize(
    'settings', [{'scales': ()}, {'scales': (0,)}, {'sigma': 0}, {'min_pixels': 0}, {'max_boxes': 0}]
)
def test_wrong_settings(settings: dict) -> None:
    with pytest.raises(ConfigError, match=f'GraphSegmentation.{next(iter(settings))}'):
        GraphSegmentation(**settings)


def test_opencv_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr('cv2.ximgproc')
    with pytest.raises(ConfigError, match='no graph segmentation') as caught:
        GraphSegmentation()
    assert 'opencv-contrib' in str(caught.value)
