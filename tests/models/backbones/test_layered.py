"""What all backbones that are a row of layers have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from mlkd.errors import ConfigError
from mlkd.models.backbones import VGG16, VGGF, MobileNetV1, SmallConvNet, SqueezeNet
from mlkd.models.backbones.layered import LayeredBackbone
from mlkd.models.utils.feature_cache import FeatureCache

ALL: list[tuple[type[LayeredBackbone], dict[str, Any]]] = [
    (VGG16, {'out_indices': (1, 4)}),
    (VGGF, {}),
    (MobileNetV1, {'width': 0.25, 'out_indices': (3, 10)}),
    (SqueezeNet, {'out_indices': (6, 12)}),
]


@pytest.mark.parametrize(('cls', 'options'), ALL, ids=[cls.__name__ for cls, _ in ALL])
@pytest.mark.parametrize('frozen', [0, 1, 2, 5])
def test_the_frozen_part_and_the_rest_are_the_whole(
    cls: type[LayeredBackbone], options: dict[str, Any], frozen: int
) -> None:
    torch.manual_seed(0)
    backbone, x = cls(**options, frozen_stages=frozen).eval(), torch.rand(1, 3, 64, 64)
    expected, h = {}, x
    for number, stage in enumerate(backbone.stages, -backbone.stem_layers):
        h = stage(h)
        expected[number] = h.clone()
    part = backbone.frozen_part()
    assert len(part) == min(frozen + backbone.stem_layers, min(backbone.out_indices) + 1 + backbone.stem_layers)
    assert not any(parameter.requires_grad for parameter in part.parameters())
    for found in (backbone(x), backbone.forward_rest(part(x))):
        assert len(found) == len(backbone.out_indices)
        for index, level in zip(backbone.out_indices, found, strict=True):
            torch.testing.assert_close(level, expected[index])


@pytest.mark.parametrize(('cls', 'options'), ALL, ids=[cls.__name__ for cls, _ in ALL])
def test_no_layer_behind_the_last_output(cls: type[LayeredBackbone], options: dict[str, Any]) -> None:
    backbone = cls(**options)
    assert len(backbone.stages) == max(backbone.out_indices) + 1 + backbone.stem_layers
    sum(level.sum() for level in backbone(torch.rand(2, 3, 64, 64))).backward()
    assert all(parameter.grad is not None for parameter in backbone.parameters())


@pytest.mark.parametrize('out_indices', [(), (5,), (-1,), (0, 9)])
def test_outputs_that_do_not_exist(out_indices: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r'(?s)VGG16\.out_indices.*numbers below 5'):
        VGG16(out_indices=out_indices)


@pytest.mark.parametrize(
    ('cls', 'frozen'), [(VGG16, -1), (VGG16, 6), (SqueezeNet, -1), (VGGF, 1.5), (MobileNetV1, -2), (MobileNetV1, 14)]
)
def test_so_many_layers_cannot_be_frozen(cls: Any, frozen: float) -> None:
    with pytest.raises(ConfigError, match=rf'{cls.__name__}\.frozen_stages'):
        cls(frozen_stages=frozen)


def test_more_layers_than_there_are_outputs_for_may_be_frozen() -> None:
    """A config that cuts the backbone shorter need not know how much of it another one froze."""
    backbone = MobileNetV1(0.25, out_indices=(3,), frozen_stages=13)
    assert not any(parameter.requires_grad for parameter in backbone.parameters())


def test_what_frozen_layers_of_any_of_them_make_is_kept(tmp_path: Path) -> None:
    torch.manual_seed(0)
    backbone, view = VGG16(out_indices=(2,), frozen_stages=2).train(), torch.rand(2, 3, 32, 32)
    first = FeatureCache(tmp_path)(backbone, view)[0]
    again = FeatureCache(tmp_path)(backbone, view)[0]
    assert torch.equal(first, again)
    torch.testing.assert_close(first, backbone(view)[0], rtol=1e-2, atol=1e-3)
    again.sum().backward()
    assert {name.split('.')[0] for name, x in backbone.named_parameters() if x.grad is not None} == {'conv3'}


def test_nothing_of_a_small_one_is_frozen() -> None:
    backbone = SmallConvNet(((4, 2), (6, 1)))
    assert len(backbone.frozen_part()) == 0
    assert all(parameter.requires_grad for parameter in backbone.train().parameters())
