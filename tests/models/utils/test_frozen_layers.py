from __future__ import annotations

import torch
from frozen_backbones import Backbone, HalfFrozen
from torch import nn

from mlkd.models.backbones import MobileNetV1
from mlkd.models.utils.frozen_layers import as_tuple, feature_maps, frozen_first, frozen_layers, is_frozen


def test_what_is_frozen(backbone: Backbone) -> None:
    assert is_frozen(backbone)
    assert frozen_layers(backbone) is backbone
    assert frozen_first(backbone) is None
    backbone.norm.train()
    assert not is_frozen(backbone)
    assert frozen_layers(backbone) is None
    backbone.norm.eval().weight.requires_grad_(True)
    assert frozen_layers(backbone) is None


def test_first_layers_and_the_rest_are_the_whole(view: torch.Tensor) -> None:
    for network in (HalfFrozen(), MobileNetV1(width=0.25, frozen_stages=3).eval()):
        first = frozen_layers(network)
        assert len(first) > 0
        (maps,) = feature_maps(network, first, as_tuple(first(view)))
        assert maps.requires_grad
        if isinstance(network, MobileNetV1):
            torch.testing.assert_close(maps, network(view)[0], rtol=0, atol=0)


def test_all_of_it_may_train() -> None:
    assert frozen_layers(MobileNetV1(width=0.25)) is None
    assert frozen_layers(nn.Conv2d(3, 4, 1)) is None
