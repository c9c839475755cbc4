from __future__ import annotations

import math

import pytest
import torch
import torchvision

from mlkd.models.backbones import VGG16
from mlkd.models.utils import load_weights


@pytest.fixture(scope='module')
def reference() -> torch.nn.Module:
    torch.manual_seed(0)
    return torchvision.models.vgg16(weights=None).features.eval()


def caffe_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    depths = [(stage, i) for stage, n in enumerate((2, 2, 3, 3, 3), 1) for i in range(1, n + 1)]
    values = iter(state.values())
    return {f'conv{s}_{i}.{kind}': next(values) for s, i in depths for kind in ('weight', 'bias')}


@pytest.mark.parametrize('style', ['torchvision', 'caffe'])
def test_outputs_are_those_of_torchvision(reference: torch.nn.Module, tmp_path, style: str) -> None:
    state = reference.state_dict()
    state = caffe_names(state) if style == 'caffe' else {f'features.{key}': value for key, value in state.items()}
    extra = 'fc8.weight' if style == 'caffe' else 'classifier.6.weight'
    torch.save({**state, extra: torch.ones(2)}, tmp_path / 'vgg.pth')
    backbone = VGG16(out_indices=(2, 4), init_cfg={'type': 'WeightFile', 'checkpoint': str(tmp_path / 'vgg.pth')})
    backbone.init_weights()
    x = torch.randn(1, 3, 64, 48)
    with torch.no_grad():
        conv3, conv5 = backbone.eval()(x)
        torch.testing.assert_close(conv3, reference[:16](x))
        torch.testing.assert_close(conv5, reference[:30](x))
    assert conv5.shape == (1, 512, 4, 3)


def test_taps_give_the_stage_after_relu() -> None:
    backbone, seen = VGG16(), {}
    for stage in range(1, 6):
        name = f'conv{stage}'
        backbone.get_submodule(name).register_forward_hook(lambda m, i, o, name=name: seen.update({name: o.clone()}))
    (out,) = backbone(torch.randn(1, 3, 32, 32))
    assert torch.equal(seen['conv5'], out)
    assert [tuple(seen[f'conv{s}'].shape[1:]) for s in range(1, 6)] == [
        (64, 32, 32),
        (128, 16, 16),
        (256, 8, 8),
        (512, 4, 4),
        (512, 2, 2),
    ]
    assert all(value.min() >= 0 for value in seen.values())


def test_cut_backbone_has_no_idle_parameters_and_loads_whole_files(reference: torch.nn.Module, tmp_path) -> None:
    torch.save({f'features.{key}': value for key, value in reference.state_dict().items()}, tmp_path / 'vgg.pth')
    backbone = VGG16(out_indices=(1,))
    load_weights(backbone, tmp_path / 'vgg.pth')
    backbone(torch.randn(1, 3, 16, 16))[0].sum().backward()
    assert all(parameter.grad is not None for parameter in backbone.parameters())
    assert not hasattr(backbone, 'conv3')


def test_parameter_count() -> None:
    assert sum(parameter.numel() for parameter in VGG16().parameters()) == 14_714_688


@pytest.mark.parametrize('frozen', [0, 2, 5])
def test_frozen_stages_keep_nothing_for_the_backward_pass(frozen: int) -> None:
    backbone, kept = VGG16(frozen_stages=frozen).train(), []
    own = {parameter.data_ptr() for parameter in backbone.parameters()}
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x) or x, lambda x: x):
        (out,) = backbone(torch.randn(1, 3, 32, 48))
    sizes = {tuple(x.shape[1:]) for x in kept if x.data_ptr() not in own}
    maps = {(64, 32, 48), (128, 16, 24), (256, 8, 12), (512, 4, 6), (512, 2, 3)}
    assert out.requires_grad == (frozen < 5)
    if frozen == 5:
        assert not kept
    elif frozen == 2:
        # The input of conv3_1 and what follows.
        assert maps & sizes == {(256, 8, 12), (512, 4, 6), (512, 2, 3)}
        assert max(math.prod(size) for size in sizes) == 128 * 8 * 12 * 2
    else:
        assert maps <= sizes
