from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mlkd.registry import MODELS

FOLDER = Path(__file__).parents[2] / 'configs' / '_base_' / 'models'
FILES = sorted(FOLDER.glob('*.py'))


def read(name: str) -> dict:
    return Config.fromfile(FOLDER / f'{name}.py').models


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_every_model_is_built(path: Path) -> None:
    for role, cfg in read(path.stem).items():
        if cfg.backbone.type == 'TimmBackbone':
            pytest.importorskip('timm')
        with torch.device('meta'):
            model = MODELS.build(cfg)
        assert role.startswith(('teacher', 'student', 'mlgcn', 'msrn', 'gap', 'csi'))
        if 'vgg16' in path.stem:
            wanted = 134_916_064 if role == 'teacher' else 134_588_304
            assert sum(parameter.numel() for parameter in model.parameters()) == wanted


def test_presets_differ_where_they_should() -> None:
    headline, released, original = (
        read(f'wsddn_vgg16_{name}').teacher for name in ('headline', 'released', 'original')
    )
    assert headline.roi_extractor.type == 'RoIAlign'
    assert released.roi_extractor.type == 'FastRCNNRoIPool'
    assert released.data_preprocessor.box_rounding == 'floor'
    assert original.roi_extractor.rounding == 'matconvnet'
    assert (original.bbox_head.det_temperature, original.bbox_head.spatial_weight) == (2, 1e-4)
    assert 'det_temperature' not in released.bbox_head
    assert all((cfg.score_scale, cfg.score_bias) == (10, 1) for cfg in (headline, released, original))


def test_weights_and_colours_go_together() -> None:
    """Caffe's weights take BGR without deviation, torchvision's RGB with it, MatConvNet's RGB without."""
    for path in FILES:
        for cfg in read(path.stem).values():
            if not cfg.backbone.get('init_cfg'):
                continue
            checkpoint = cfg.backbone.init_cfg.checkpoint
            assert cfg.data_preprocessor.get('bgr_to_rgb', False) == (checkpoint != 'vgg16-00b39a1b.pth')
            assert ('std' in cfg.data_preprocessor) == (checkpoint not in ('vgg16-00b39a1b.pth', 'imagenet-vgg-f.mat'))
