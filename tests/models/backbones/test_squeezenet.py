from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

from mlkd.models.backbones import SqueezeNet
from mlkd.models.utils import load_weights


def test_outputs_are_those_of_torchvision(tmp_path) -> None:
    reference = torchvision.models.squeezenet1_0(weights=None).eval()
    torch.save(reference.state_dict(), tmp_path / 's.pth')
    backbone = SqueezeNet(out_indices=(5, 12)).eval()
    load_weights(backbone, tmp_path / 's.pth')
    x = torch.randn(1, 3, 96, 64)
    with torch.no_grad():
        middle, last = backbone(x)
        torch.testing.assert_close(middle, reference.features[:6](x))
        torch.testing.assert_close(last, reference.features(x))
    assert last.shape[1] == 512


def test_cut_backbone_has_no_idle_parameters(tmp_path) -> None:
    torch.save(torchvision.models.squeezenet1_0(weights=None).state_dict(), tmp_path / 's.pth')
    backbone = SqueezeNet(out_indices=(5,))
    load_weights(backbone, tmp_path / 's.pth')
    backbone(torch.rand(1, 3, 64, 64))[0].sum().backward()
    assert all(parameter.grad is not None for parameter in backbone.parameters())


def test_weight_file_loads_whole() -> None:
    path = Path('data/weights/squeezenet1_0.pt')
    if not path.exists():
        pytest.skip('needs data/weights')
    backbone = SqueezeNet()
    load_weights(backbone, path)
    state = torch.load(path, weights_only=True)
    assert all(torch.equal(value, state[key].float()) for key, value in backbone.state_dict().items())
