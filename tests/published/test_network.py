from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from published_toy import CLASSES, DETECTOR, MODEL, PIPELINE, description, images, network

from mlkd.errors import CheckpointError, ConfigError, DataError, ProposalError
from mlkd.published import StudentDescription, load_student, write_student

WINDOWS = {'type': 'SlidingWindows', 'scales': [1, 0.5], 'ratios': [1], 'stride': 0.5}


@pytest.fixture
def student(tmp_path: Path) -> Path:
    return write_student(tmp_path / 's.safetensors', network().state_dict(), description())


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    return write_student(
        tmp_path / 'd.safetensors', network(DETECTOR).state_dict(), description(DETECTOR, proposals=WINDOWS)
    )


def test_scores_are_those_of_the_network_that_was_written(student: Path) -> None:
    loaded = load_student(student, 'cpu')
    assert loaded.classes == CLASSES
    assert loaded.thresholds == (0.5, 0.5, 0.5)
    assert not loaded.network.training
    own, given = loaded.network.state_dict(), network().state_dict()
    assert all(torch.equal(own[name], given[name]) for name in given)
    frames = images((48, 48), (48, 48))
    inputs = torch.stack([torch.from_numpy(frame).permute(2, 0, 1) for frame in frames])
    with torch.no_grad():
        wanted = network().test_step({'inputs': inputs, 'data_samples': None})
    for sample, other in zip(loaded.predict(frames), wanted, strict=True):
        torch.testing.assert_close(sample.pred_score, other.pred_score)


def test_a_batch_of_any_sizes_scores_as_one_by_one(student: Path, tmp_path: Path) -> None:
    model = {**MODEL, 'data_preprocessor': {'type': 'ViewPreprocessor', 'std': [255.0, 255.0, 255.0]}}
    pipeline = [{'type': 'LoadImage'}, {'type': 'ResizeLongSide', 'sizes': 40}, {'type': 'PackMultiLabel'}]
    varied = write_student(tmp_path / 'v', network(model).state_dict(), description(model, pipeline=pipeline))
    frames = images((30, 40), (50, 20), (60, 80), (1, 1))
    for path in (student, varied):
        loaded = load_student(path, 'cpu')
        together = loaded.predict(frames)
        for frame, sample in zip(frames, together, strict=True):
            torch.testing.assert_close(loaded.predict([frame])[0].pred_score, sample.pred_score)
    assert loaded.predict([]) == []


def test_a_detector_makes_its_proposals(detector: Path) -> None:
    loaded = load_student(detector, 'cpu')
    for frame, sample in zip(images((40, 60), (80, 30)), loaded.predict(images((40, 60), (80, 30))), strict=True):
        boxes, (height, width) = sample.pred_instances.bboxes, frame.shape[:2]
        assert sample.pred_score.shape == (3,)
        assert 0 < len(boxes) <= 10
        assert (boxes >= 0).all()
        assert (boxes <= torch.tensor([width, height, width, height]) + 1e-3).all()


def test_a_detector_without_a_generator(tmp_path: Path) -> None:
    path = write_student(tmp_path / 'd', network(DETECTOR).state_dict(), description(DETECTOR))
    with pytest.raises(ConfigError, match='needs proposals'):
        load_student(path, 'cpu')
    with pytest.raises(ProposalError):
        load_student(path, 'cpu', store=tmp_path / 'none.mlkd')


def test_thresholds_of_the_file(tmp_path: Path) -> None:
    path = write_student(tmp_path / 's', network().state_dict(), description(thresholds=(0.25, 0.5, 0.75)))
    assert load_student(path, 'cpu').thresholds == (0.25, 0.5, 0.75)


@pytest.mark.parametrize('image', [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_no_images(student: Path, image: np.ndarray) -> None:
    with pytest.raises(DataError, match='no image'):
        load_student(student, 'cpu').predict([image])


def with_model(**changes: Any) -> StudentDescription:
    model = copy.deepcopy(MODEL)
    for path, value in changes.items():
        part, key = path.split('__')
        model[part][key] = value
    return description(model)


@pytest.mark.parametrize(
    ('described', 'message'),
    [
        (with_model(backbone__layers=[[8, 2], [16, 2]]), 'does not fit'),
        (with_model(head__num_classes=4), 'does not fit'),
        (with_model(head__in_channels=-3), 'cannot be built'),
        (with_model(backbone__layers='abc'), 'cannot be built'),
        (with_model(head__no_argument=1), 'cannot be built'),
        (description({'type': 'Linear', 'in_features': 1, 'out_features': 1}), 'no whole network'),
        (description(pipeline=[{'type': 'LoadImage'}, {'type': 'Warp', 'size': 0}]), 'cannot be built'),
        (description(pipeline=[{'type': 'LoadImage'}, {'type': 'Warp'}]), 'cannot be built'),
        (description(pipeline=PIPELINE[1:]), 'cannot be built'),
    ],
)
def test_what_does_not_fit_or_cannot_be_built(tmp_path: Path, described: StudentDescription, message: str) -> None:
    path = write_student(tmp_path / 's.safetensors', network().state_dict(), described)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_student(path, 'cpu')
    assert str(path) in str(caught.value.where)


def test_a_payload_does_not_run(tmp_path: Path) -> None:
    """What would run on building, on loading images, on making proposals, and on the first prediction."""
    marker = tmp_path / 'executed'
    text = description(DETECTOR, proposals=WINDOWS).to_json()
    code = f'__import__(\\"os\\").mkdir(\\"{marker}\\") or nms'
    payloads = [
        text.replace('"RoIMean", "spatial_scale": 0.25', f'"os.mkdir", "path": "{marker}"'),
        text.replace('"type": "nms"', f'"type": "{code}"'),
        text.replace('{"type": "nms", "iou_threshold": 0.4}', f'[["type", "{code}"]]'),
        text.replace('{"type": "LoadImage"}', f'{{"type": "os.mkdir", "path": "{marker}"}}'),
        text.replace('"SlidingWindows"', f'"os.mkdir", "path": "{marker}"'),
    ]
    for payload in payloads:
        assert payload != text
        path = tmp_path / 'p.safetensors'
        safetensors.torch.save_file(network(DETECTOR).state_dict(), path, {'mlkd': payload})
        with pytest.raises(CheckpointError):
            load_student(path, 'cpu').predict(images((40, 60)))
        assert not marker.exists()


def test_no_such_device(student: Path) -> None:
    for device in ('abacus', 'cuda:77'):
        with pytest.raises(ConfigError) as caught:
            load_student(student, device)
        assert device in str(caught.value.found)
