"""The configs of ML-GCN and MSRN: parameters as published, and networks that can be students."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mlkd.engine.recipe import Recipe
from mlkd.registry import MODELS

CONFIGS = Path(__file__).parents[2] / 'configs'
COUNTS = {
    'msrn/msrn_r101_voc07': (121_763_764, 43_812_416),
    'msrn/msrn_r101_coco': (310_630_384, 43_812_416),
    'msrn/msrn_r101_nuswide': (313_778_161, 43_812_416),
    'msrn/msrn_r101_apparel': (87_141_287, 43_812_416),
    'mlic/mlgcn_r101_voc07': (44_904_512, 42_500_160),
    'mlic/mlgcn_r101_coco': (44_904_512, 42_500_160),
}


def built(name: str) -> torch.nn.Module:
    recipe = Recipe(Config.fromfile(CONFIGS / f'{name}.py'))
    with torch.device('meta'):
        return MODELS.build(recipe.network_config(recipe.student_stage)['model'])


@pytest.mark.parametrize(('name', 'expected'), COUNTS.items())
def test_parameter_counts_of_the_specification(name: str, expected: tuple[int, int]) -> None:
    network = built(name)
    buffers = getattr(network.neck, 'buffer_convs', torch.nn.Module())
    backbone = sum(x.numel() for part in (network.backbone, buffers) for x in part.parameters())  # type: ignore[union-attr]
    assert (sum(x.numel() for x in network.parameters()), backbone) == expected


def test_shapes_at_448() -> None:
    network = built('msrn/msrn_r101_voc07')
    with torch.device('meta'):
        maps = network.extract_feat(torch.empty(1, 3, 448, 448))  # type: ignore[operator]
        assert [tuple(x.shape[1:]) for x in maps] == [(512, 56, 56), (1024, 28, 28), (2048, 14, 14)]
        assert [x.shape[2] for x in network.neck(maps)] == [28, 14, 7]  # type: ignore[operator]


def test_the_small_networks_share_the_frozen_features_of_the_student() -> None:
    recipe = Recipe(Config.fromfile(CONFIGS / 'msrn' / 'msrn_mobilenetv1_voc07.py'))
    parts = [
        MODELS.build({**recipe.network_config(stage)['model']['backbone'], 'init_cfg': None}).frozen_part()
        for stage in recipe.stages
    ]
    assert {repr(part) for part in parts} == {repr(parts[0])}
    assert len(parts[0]) == 6
