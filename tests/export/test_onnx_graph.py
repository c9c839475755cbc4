"""Graphs of all networks compute what PyTorch does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from export_toy import CLASSES, NETWORKS, photos, toy
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.export import PREPROCESSING, OnnxStudent, Preprocessing, TracedNetwork, compare, properties, write_onnx
from mlkd.export.onnx_graph import _weights
from mlkd.registry import MODELS

pytest.importorskip('onnxruntime')


def exported(student: Any, path: Path, preprocessing: Preprocessing = 'view') -> tuple[TracedNetwork, OnnxStudent]:
    traced = TracedNetwork(student, preprocessing)
    write_onnx(traced, path, properties(student.description, traced))
    return traced, OnnxStudent.open(path)


@pytest.mark.parametrize('name', NETWORKS)
def test_every_network(name: str, tmp_path: Path) -> None:
    student = toy(tmp_path / 's.safetensors', NETWORKS[name])
    traced, session = exported(student, tmp_path / 's.onnx')
    images = [(str(index), photo) for index, photo in enumerate(photos(5))]
    found = compare(student, images, traced.array, session.run, batch_size=3)
    assert found.equal, found
    assert found.images == 5
    # The comparison is of numbers that depend on the image.
    logits = np.stack([sample.pred_logit.numpy() for sample in student.predict([photo for _, photo in images])])
    assert np.ptp(logits, axis=0).max() > 100 * found.logits
    assert np.ptp(logits, axis=0).max() > 1e-3


@pytest.mark.parametrize('preprocessing', PREPROCESSING)
@pytest.mark.parametrize('resample', ['corner_aligned', 'half_pixel', 'half_pixel_antialias'])
@pytest.mark.parametrize('size', [48, 96])
def test_every_view(preprocessing: Preprocessing, resample: str, size: int, tmp_path: Path) -> None:
    model = NETWORKS['small convnet']
    view = {**model['data_preprocessor'], 'resample': resample, 'bgr_to_rgb': True, 'size': size}
    student = toy(tmp_path / 's.safetensors', {**model, 'data_preprocessor': view})
    traced, session = exported(student, tmp_path / 's.onnx', preprocessing)
    found = compare(student, [(str(i), x) for i, x in enumerate(photos(4))], traced.array, session.run)
    assert found.equal, found
    types = {'none': 'tensor(float)', 'view': 'tensor(uint8)', 'photo': 'tensor(uint8)'}
    assert session.session.get_inputs()[0].type == types[preprocessing]


def test_exporting_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    student = toy(tmp_path / 's.safetensors')
    before = {name: value.clone() for name, value in student.network.state_dict().items()}
    score = student.predict(photos(1))[0].pred_score
    exported(student, tmp_path / 's.onnx')
    assert not student.network.training
    assert torch.equal(student.predict(photos(1))[0].pred_score, score)
    assert all(torch.equal(before[name], value) for name, value in student.network.state_dict().items())


def test_frames_of_many_sizes(tmp_path: Path) -> None:
    """The view has one size, and a graph that begins with it does not mind."""
    pipeline = [{'type': 'LoadImage'}, {'type': 'ResizeLongSide', 'sizes': 70}, {'type': 'PackMultiLabel'}]
    student = toy(tmp_path / 's.safetensors', NETWORKS['small convnet'], pipeline=pipeline)
    traced, session = exported(student, tmp_path / 's.onnx', 'none')
    found = compare(student, [(str(i), x) for i, x in enumerate(photos(4))], traced.array, session.run)
    assert found.equal, found
    for preprocessing in ('view', 'photo'):
        with pytest.raises(ConfigError, match=r'differ in size[\s\S]*--preprocessing none'):
            TracedNetwork(student, preprocessing)  # type: ignore[arg-type]


def test_weights_of_antialiasing_are_pytorchs() -> None:
    image = torch.rand(1, 1, 33, 50)
    found = _weights(33, 20) @ image @ _weights(50, 61).T
    expected = nn.functional.interpolate(image, size=(20, 61), mode='bilinear', antialias=True)
    torch.testing.assert_close(found, expected)


def test_what_the_file_says_of_itself(tmp_path: Path) -> None:
    student = toy(tmp_path / 's.safetensors')
    _, session = exported(student, tmp_path / 's.onnx', 'photo')
    facts = session.facts
    assert tuple(facts['classes']) == CLASSES
    assert facts['thresholds'] == list(student.thresholds)
    assert (facts['threshold_rule'], facts['preprocessing']) == ('f1', 'photo')
    assert facts['provenance']['config'] == 'toy.py'
    assert facts['pipeline'][1] == {'type': 'Warp', 'size': [72, 80]}


@MODELS.register_module()
class HeadOfInverses(nn.Module):
    """Does something that ONNX does not have."""

    num_classes = 5

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        square = x[:, :25].reshape(-1, 5, 5) + 10 * torch.eye(5)
        return torch.linalg.eigvals(square).real

    def predict(self, logits: Tensor) -> Tensor:
        return logits.sigmoid()


def test_a_network_that_onnx_does_not_know(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    backbone = {'type': 'SmallConvNet'}
    model = {
        **NETWORKS['small convnet'],
        'backbone': backbone,
        'neck': {'type': 'GlobalPool'},
        'head': {'type': 'HeadOfInverses'},
    }
    student = toy(tmp_path / 's.safetensors', model)
    with pytest.raises(ConfigError, match='cannot be exported to ONNX'):
        exported(student, tmp_path / 's.onnx')
    assert not (tmp_path / 's.onnx').exists()
    assert capfd.readouterr().out == ''
