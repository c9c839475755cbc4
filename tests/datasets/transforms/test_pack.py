"""PackMultiLabel: what a sample holds, and that boxes of the annotation never reach training."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mlkd.datasets.transforms import LoadImage, PackMultiLabel, Warp
from mlkd.datasets.transforms.pack import as_frame
from mlkd.structures import MultiLabelDataSample

IMAGE = np.random.default_rng(0).integers(0, 256, (9, 14, 3), dtype=np.uint8)


def packed(**more) -> dict:
    entry = {
        'render': IMAGE.copy,
        'img_key': 'a/b.jpg',
        'gt_label': np.array([1, 0, -1], np.int8),
        'gt_bboxes': np.array([[0, 0, 4, 5], [1, 1, 9, 9]], np.float32),
        'gt_bboxes_labels': np.array([0, 2]),
        'gt_ignore_flags': np.array([False, True]),
        'proposals': np.array([[0, 0, 7, 3]], np.float32),
        'proposal_scores': np.array([0.25], np.float32),
        **more,
    }
    return PackMultiLabel()(Warp((18, 14))(LoadImage()(entry)))


def test_sample() -> None:
    result = packed(test_mode=False, fold=3)
    sample = result['data_samples']
    assert isinstance(sample, MultiLabelDataSample)
    assert result['inputs'].shape == (3, 18, 14)
    assert result['inputs'].dtype == torch.uint8
    assert result['inputs'].permute(1, 2, 0).is_contiguous()
    assert sample.gt_label.tolist() == [1, 0, -1]
    assert sample.gt_label.dtype == torch.int64
    assert sample.proposals.bboxes.dtype == sample.proposals.scores.dtype == torch.float32
    assert sample.proposals.bboxes.tolist() == [[0, 0, 7, 6]]
    assert sample.img_shape == (18, 14)
    assert sample.ori_shape == (9, 14)
    assert (sample.img_key, sample.fold, sample.scale_factor) == ('a/b.jpg', 3, (1.0, 2.0))


@pytest.mark.parametrize('test_mode', [False, None])
def test_no_box_of_the_annotation_in_training(test_mode: bool | None) -> None:
    sample = packed(**({} if test_mode is None else {'test_mode': test_mode}))['data_samples']
    assert set(sample.keys()) == {'gt_label', 'proposals'}
    assert not any('bbox' in key or 'instances' in key for key in sample.all_keys())


def test_boxes_in_tests() -> None:
    sample = packed(test_mode=True)['data_samples']
    assert sample.gt_instances.bboxes.tolist() == [[0, 0, 4, 10]]
    assert sample.gt_instances.labels.tolist() == [0]
    assert sample.ignored_instances.bboxes.tolist() == [[1, 2, 9, 18]]
    assert sample.ignored_instances.labels.tolist() == [2]


def test_the_annotation_as_it_is_in_tests_alone() -> None:
    items = [{'bbox': [0.0, 0, 4, 5], 'bbox_label': 0, 'ignore_flag': 0, 'area': 12.5}]
    assert packed(test_mode=True, instances=items)['data_samples'].instances == items
    assert 'instances' not in packed(test_mode=False, instances=items)['data_samples']


def test_a_photo_without_anything_else() -> None:
    result = PackMultiLabel()(LoadImage()({'render': IMAGE.copy, 'img_path': 'p.jpg'}))
    assert set(result['data_samples'].keys()) == set()
    assert result['data_samples'].img_path == 'p.jpg'


def test_frame_is_the_transposed_image() -> None:
    np.testing.assert_array_equal(as_frame(IMAGE).numpy(), IMAGE.transpose(2, 0, 1))
    np.testing.assert_array_equal(as_frame(IMAGE[:, ::2]).numpy(), IMAGE[:, ::2].transpose(2, 0, 1))


def test_further_keys() -> None:
    sample = PackMultiLabel(meta_keys=('camera',))({'img': IMAGE, 'camera': 'x', 'lens': 'y'})['data_samples']
    assert sample.camera == 'x'
    assert 'lens' not in sample
