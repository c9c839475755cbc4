"""ONNX equals PyTorch to 1e-4 on 100 real photos, at the size that students see and with pretrained backbones."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from export_toy import CLASSES, NETWORKS, THRESHOLDS

from mlkd.export import OnnxStudent, PhotoSource, TracedNetwork, compare, properties, write_onnx
from mlkd.published import StudentDescription, load_student, write_student
from mlkd.registry import MODELS

pytest.importorskip('onnxruntime')
DATA = Path(__file__).parents[2] / 'data'
PHOTOS, WEIGHTS = DATA / 'voc07_mini' / 'VOCdevkit' / 'VOC2007' / 'JPEGImages', DATA / 'weights'
pytestmark = pytest.mark.skipif(
    not PHOTOS.is_dir() or not WEIGHTS.is_dir(), reason='needs data/voc07_mini, data/weights'
)
PIPELINE = [{'type': 'LoadImage'}, {'type': 'Warp', 'size': 320}, {'type': 'PackMultiLabel'}]


def pretrained(name: str, size: int, weights: str | None) -> dict[str, Any]:
    model = copy.deepcopy(NETWORKS[name])
    view = {
        'size': size,
        'mean': [127.5] * 3,
        'std': [127.5] * 3,
        'bgr_to_rgb': True,
        'resample': 'half_pixel_antialias',
    }
    model['data_preprocessor'].update(view)
    if weights:
        model['backbone']['init_cfg'] = {'type': 'WeightFile', 'checkpoint': str(WEIGHTS / weights)}
    return model


MODELS_OF = {
    'mobilenet': ('mobilenet', 224, 'mobilenet_v1_0.25_224.pt'),
    'squeezenet': ('squeezenet', 224, 'squeezenet1_0.pt'),
    'msrn': ('msrn', 224, 'mobilenet_v1_0.25_224.pt'),
    # Its weights are not at hand: random ones, and all layers.
    'vgg16': ('vgg16', 64, None),
}


@pytest.mark.parametrize('name', MODELS_OF)
def test_one_hundred_photos(name: str, tmp_path: Path) -> None:
    model = pretrained(*MODELS_OF[name])
    if name == 'vgg16':
        model['backbone'].pop('out_indices')
        model['neck'] = {'type': 'VGGNeck', 'in_channels': 512, 'roi_size': 2, 'hidden_channels': 64}
        model['head']['in_channels'] = 64
    torch.manual_seed(0)
    network = MODELS.build(copy.deepcopy(model))
    network.init_weights()
    model['backbone'].pop('init_cfg', None)
    description = StudentDescription(CLASSES, model, PIPELINE, THRESHOLDS)
    student = load_student(write_student(tmp_path / 's.safetensors', network.state_dict(), description), 'cpu')
    traced = TracedNetwork(student, 'photo')
    path = write_onnx(traced, tmp_path / 's.onnx', properties(description, traced))
    found = compare(student, PhotoSource.below(PHOTOS, 100), traced.array, OnnxStudent.open(path).run)
    assert found.images == 100
    assert found.equal, found
