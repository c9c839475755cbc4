"""What a graph computes and what it takes, before anything is exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from export_toy import CLASSES, NETWORKS, photos, toy
from published_toy import DETECTOR, PIPELINE

from mlkd.errors import ConfigError, DataError
from mlkd.export import PREPROCESSING, Preprocessing, TracedNetwork
from mlkd.published import PublishedStudent

SMALL = NETWORKS['small convnet']
#: Frames are 72 x 80, views 64 x 64.
INPUTS = {'none': (2, 3, 64, 64), 'view': (2, 3, 72, 80)}


def steps(step: dict[str, Any]) -> list[dict[str, Any]]:
    return [{'type': 'LoadImage'}, step, {'type': 'PackMultiLabel'}]


@pytest.fixture(scope='module')
def student(tmp_path_factory: pytest.TempPathFactory) -> PublishedStudent:
    model = {**SMALL, 'data_preprocessor': {**SMALL['data_preprocessor'], 'bgr_to_rgb': True}}
    return toy(tmp_path_factory.mktemp('toy') / 's.safetensors', model)


@pytest.mark.parametrize('preprocessing', PREPROCESSING)
def test_logits_and_scores_are_those_of_the_student(student: PublishedStudent, preprocessing: Preprocessing) -> None:
    traced = TracedNetwork(student, preprocessing)
    for photo, sample in zip(photos(3), student.predict(photos(3)), strict=True):
        with torch.no_grad():
            logits, scores = traced(torch.from_numpy(traced.array(photo))[None])
        torch.testing.assert_close(logits[0], sample.pred_logit, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(scores[0], sample.pred_score, atol=1e-5, rtol=1e-5)


def test_a_batch_is_what_its_images_are_alone(student: PublishedStudent) -> None:
    traced = TracedNetwork(student, 'view')
    arrays = torch.from_numpy(np.stack([traced.array(photo) for photo in photos(3)]))
    with torch.no_grad():
        together = traced(arrays)[0]
        alone = torch.cat([traced(array[None])[0] for array in arrays])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_what_is_left_to_whoever_runs_the_file(student: PublishedStudent) -> None:
    photo = photos(1)[0]
    assert TracedNetwork(student, 'photo').array(photo) is photo
    frame = TracedNetwork(student, 'view').array(photo)
    assert (frame.dtype, frame.shape) == (np.uint8, (3, 72, 80))
    np.testing.assert_array_equal(frame, student.pipeline(photo)['inputs'])
    view = TracedNetwork(student, 'none').array(photo)
    assert (view.dtype, view.shape) == (np.float32, (3, 64, 64))
    # Of one colour: (x - mean) / std, red first.
    plain = np.full((20, 30, 3), (0, 120, 180), np.uint8)
    view = TracedNetwork(student, 'none').array(plain)
    np.testing.assert_allclose(view.reshape(3, -1), np.repeat([[1], [0], [-2]], 64 * 64, 1), atol=1e-5)
    assert view.flags.c_contiguous


@pytest.mark.parametrize('preprocessing', ['none', 'view'])
def test_what_is_no_image(student: PublishedStudent, preprocessing: Preprocessing) -> None:
    with pytest.raises(DataError):
        TracedNetwork(student, preprocessing).array(np.zeros((4, 4)))


@pytest.mark.parametrize('preprocessing', PREPROCESSING)
def test_the_example_is_like_an_input(student: PublishedStudent, preprocessing: Preprocessing) -> None:
    traced = TracedNetwork(student, preprocessing)
    example = traced.example()
    array = traced.array(photos(1)[0])
    assert example.dtype == torch.from_numpy(array).dtype
    if preprocessing == 'photo':
        # Of another height than what becomes of it: resizing would be left out of the trace.
        assert example.shape[0] == 2
        assert example.shape[3] == 3
        assert example.shape[1] != 72
    else:
        assert tuple(example.shape) == INPUTS[preprocessing] == (2, *array.shape)
    assert traced(example)[0].shape == (2, len(CLASSES))


def test_the_example_of_a_photo_is_never_of_the_frames_size(tmp_path: Path) -> None:
    for height in (61, 96):
        warped = toy(tmp_path / f'{height}', SMALL, pipeline=steps({'type': 'Warp', 'size': (height, 50)}))
        assert TracedNetwork(warped, 'photo').example().shape[1] != height


def test_axes_and_facts(student: PublishedStudent) -> None:
    batch = {0: 'batch'}
    known = {'logits': batch, 'scores': batch}
    for preprocessing, axes, word in (
        ('none', batch, 'float32 (batch, 3,'),
        ('view', batch, 'uint8 (batch, 3,'),
        ('photo', {0: 'batch', 1: 'height', 2: 'width'}, 'uint8 (batch, height, width, 3)'),
    ):
        traced = TracedNetwork(student, preprocessing)  # type: ignore[arg-type]
        assert traced.dynamic_axes() == {**known, 'image': axes}
        facts = traced.input_facts()
        assert facts['array'].startswith(word)
        assert (facts['name'], facts['frame_size']) == ('image', (72, 80))


def test_it_is_in_eval_mode_with_all_its_parts(student: PublishedStudent) -> None:
    student.network.train()
    try:
        traced = TracedNetwork(student, 'photo')
        assert not any(module.training for module in traced.modules())
    finally:
        student.network.eval()


def test_frames_that_differ_in_size(tmp_path: Path) -> None:
    resized = steps({'type': 'ResizeShortSide', 'sizes': 40})
    student = toy(tmp_path / 's', SMALL, pipeline=resized)
    traced = TracedNetwork(student, 'none')
    assert traced.frame_size is None
    assert traced.example().shape == INPUTS['none']
    with pytest.raises(ConfigError, match='differ in size') as caught:
        TracedNetwork(student, 'view')
    # Of 61 x 83 and 96 x 40, the shorter sides to 40.
    assert '[(40, 54), (96, 40)]' in str(caught.value.found)
    assert caught.value.fix == 'export with --preprocessing none'
    without = {**SMALL, 'data_preprocessor': {**SMALL['data_preprocessor'], 'size': None}}
    with pytest.raises(ConfigError, match='differ in size') as caught:
        TracedNetwork(toy(tmp_path / 'w', without, pipeline=resized), 'none')
    assert 'publish it with a size' in caught.value.fix


def test_a_detector_is_none_of_these(tmp_path: Path) -> None:
    windows = {'type': 'SlidingWindows', 'scales': [1], 'ratios': [1], 'stride': 0.5}
    known = {'classes': ('a', 'b', 'c'), 'pipeline': PIPELINE, 'thresholds': None}
    with pytest.raises(ConfigError, match='Only classifiers') as caught:
        TracedNetwork(toy(tmp_path / 'd', DETECTOR, proposals=windows, **known), 'view')
    assert caught.value.found.startswith('WSDDN')


def test_a_pipeline_that_can_be_no_part_of_a_graph(tmp_path: Path) -> None:
    student = toy(tmp_path / 's', SMALL, pipeline=steps({'type': 'Warp', 'size': 48, 'antialias': True}))
    with pytest.raises(ConfigError, match='--preprocessing view'):
        TracedNetwork(student, 'photo')
    assert TracedNetwork(student, 'view').frame_size == (48, 48)
