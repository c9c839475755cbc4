from __future__ import annotations

import copy
from pathlib import Path

import torch
from frozen_backbones import Backbone
from torch import nn

from mlkd.models.backbones import MobileNetV1
from mlkd.models.utils import FeatureCache, SharedFeatures, share_features


def test_equal_frozen_layers_of_several_networks_run_once(backbone: Backbone, view: torch.Tensor) -> None:
    shared, other, twin = SharedFeatures(), Backbone().eval().requires_grad_(False), copy.deepcopy(backbone)
    expected = backbone(view)
    backbone.images = twin.images = 0
    for _ in range(2):
        for network in (backbone, twin):
            for level, plain in zip(shared(network, view), expected, strict=True):
                assert torch.equal(level, plain)
    assert (backbone.images, twin.images) == (3, 0)
    assert not torch.equal(shared(other, view)[0], expected[0])
    shared(twin, view.clone())
    assert (other.images, twin.images) == (3, 3)
    shared.clear()
    trains = Backbone()
    assert shared(trains, view)[0].requires_grad


def classifiers(folder: Path | None) -> list[nn.Module]:
    """Two that differ behind their frozen layers alone, as networks that were trained with a common beginning."""
    networks = []
    for seed in (0, 1):
        torch.manual_seed(0)
        backbone = MobileNetV1(width=0.25, frozen_stages=3)
        for layer in backbone.modules():
            if isinstance(layer, nn.Conv2d):
                # Twice as wide, for maps of one cell.
                nn.init.kaiming_normal_(layer.weight).data.mul_(2)
        torch.manual_seed(seed)
        nn.init.kaiming_normal_(backbone.blocks[8].pw.weight)
        network = nn.Module()
        network.backbone, network.feature_cache = backbone, FeatureCache(folder) if folder else None
        networks.append(network.eval().requires_grad_(False))
    return networks


def test_frozen_networks_share_what_did_not_train_when_they_learnt(view: torch.Tensor, tmp_path: Path) -> None:
    networks = classifiers(tmp_path)
    shared = share_features(networks)
    assert all(network.feature_cache is shared for network in networks)
    found = [network.feature_cache(network.backbone, view)[0] for network in networks]
    assert len(list(tmp_path.rglob('*.safetensors'))) == len(view)
    for network, maps in zip(networks, found, strict=True):
        part = network.backbone.frozen_part()
        kept = torch.cat([part(image[None]).half().float() for image in view])
        torch.testing.assert_close(maps, network.backbone.forward_rest(kept)[0])
        assert maps.abs().max() > 1e-2
    assert not torch.allclose(*found)


def test_where_nothing_is_kept_nothing_is_shared_unless_asked_for() -> None:
    networks = classifiers(None)
    assert share_features([*networks, nn.Linear(2, 2)]) is None
    assert networks[0].feature_cache is None
    shared = share_features(networks, always=True)
    assert shared is not None
    assert networks[1].feature_cache is shared
    assert share_features([nn.Linear(2, 2)], always=True) is None
