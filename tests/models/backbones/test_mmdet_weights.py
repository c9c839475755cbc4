"""torchvision's files in MMDetection's ResNets and ResNeXts: same tensors, same maps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

from mlkd.registry import MODELS


@pytest.mark.parametrize(
    ('name', 'backbone'),
    [
        ('resnet18', {'type': 'ResNet', 'depth': 18}),
        ('resnext50_32x4d', {'type': 'ResNeXt', 'depth': 50, 'groups': 32, 'base_width': 4}),
    ],
)
def test_maps_are_torchvisions(tmp_path: Path, name: str, backbone: dict) -> None:
    torch.manual_seed(0)
    theirs = torchvision.models.get_model(name, weights=None).eval()
    torch.save(theirs.state_dict(), tmp_path / 'w.pth')
    init = {'type': 'WeightFile', 'checkpoint': str(tmp_path / 'w.pth'), 'ignore': ['fc.']}
    ours = MODELS.build({**backbone, 'out_indices': (3,), 'norm_eval': False, 'init_cfg': init})
    ours.init_weights()
    ours.eval()
    view = torch.rand(1, 3, 64, 64)
    wanted = torch.nn.Sequential(*list(theirs.children())[:-2])(view)
    torch.testing.assert_close(ours(view)[0], wanted)
