from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlkd.errors import ConfigError, DataError
from mlkd.published.photo_pipeline import PhotoPipeline, concerns_proposals, loads_images
from mlkd.structures import ProposalSet

LOAD, WARP, TOP, PACK = (
    {'type': 'LoadImage'},
    {'type': 'Warp', 'size': 32},
    {'type': 'TopProposals', 'n': 1},
    {'type': 'PackMultiLabel'},
)
IMAGE = np.random.default_rng(0).integers(0, 256, (20, 40, 3), dtype=np.uint8)


def proposer(boxes: list, size: tuple[int, int] = (20, 40)) -> Any:
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return lambda key, image: ProposalSet(array, np.linspace(1, 0.5, len(array), dtype=np.float32), size)


def boxes_of(packed: Any) -> list:
    return packed['data_samples'].proposals.bboxes.tolist()


def test_steps_run_and_those_of_proposals_are_left_out_without_any() -> None:
    pipeline = PhotoPipeline([LOAD, TOP, WARP, PACK])
    assert [type(step).__name__ for step in pipeline.rest] == ['Warp', 'PackMultiLabel']
    assert pipeline(IMAGE)['inputs'].shape == (3, 32, 32)
    plain = PhotoPipeline([LOAD, PACK])(IMAGE)['inputs']
    np.testing.assert_array_equal(plain.numpy().transpose(1, 2, 0), IMAGE)


def test_proposals_follow_the_frame() -> None:
    packed = PhotoPipeline([LOAD, WARP, PACK], proposer([[0, 0, 40, 20], [10, 5, 20, 10]]))(IMAGE)
    np.testing.assert_allclose(boxes_of(packed), [[0, 0, 32, 32], [8, 8, 16, 16]])


def test_proposals_of_another_size_are_brought_to_the_photo() -> None:
    packed = PhotoPipeline([LOAD, PACK], proposer([[10, 10, 20, 20]], (40, 80)))(IMAGE)
    np.testing.assert_allclose(boxes_of(packed), [[5, 5, 10, 10]])


def test_without_any_box_the_whole_photo_is_the_one() -> None:
    assert boxes_of(PhotoPipeline([LOAD, PACK], proposer([]))(IMAGE)) == [[0, 0, 40, 20]]
    assert boxes_of(PhotoPipeline([LOAD, PACK], proposer([]), keep_empty=True)(IMAGE)) == []


@pytest.mark.parametrize(('steps', 'where'), [([], 'pipeline'), ([WARP, LOAD], r'pipeline\.0')])
def test_a_pipeline_begins_by_loading(steps: list, where: str) -> None:
    with pytest.raises(ConfigError, match=where):
        PhotoPipeline(steps)


@pytest.mark.parametrize(
    'image', [IMAGE[..., 0], IMAGE[..., :2], IMAGE / 255, IMAGE[:0], np.zeros((4, 4, 4), np.uint8)]
)
def test_what_is_no_image(image: np.ndarray) -> None:
    with pytest.raises(DataError, match=r'(?s)where: a\.jpg.*of shape'):
        PhotoPipeline([LOAD, PACK])(image, 'a.jpg')


def test_which_step_is_which() -> None:
    assert loads_images({'type': 'mmdet.LoadImageFromFile'})
    assert not loads_images({'type': 'mlkd.LoadAnnotations'})
    assert not loads_images({})
    assert concerns_proposals({'type': 'mlkd.TopProposals'})
    assert not concerns_proposals({'type': PhotoPipeline})
