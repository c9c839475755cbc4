from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from mlkd.errors import ConfigError
from mlkd.models.backbones import MobileNetV1
from mlkd.models.utils import FeatureCache, SharedFeatures, share_features


class Backbone(nn.Module):
    """Two maps; counts the images that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, 2, 1)
        self.norm = nn.BatchNorm2d(4)
        self.images = 0

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        self.images += len(x)
        x = self.norm(self.conv(x))
        return x, x.relu()


@pytest.fixture
def backbone() -> Backbone:
    torch.manual_seed(0)
    return Backbone().eval().requires_grad_(False)


@pytest.fixture
def view() -> torch.Tensor:
    return torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_maps_are_those_of_the_backbone_and_computed_once(
    backbone: Backbone, view: torch.Tensor, tmp_path: Path
) -> None:
    cache = FeatureCache(tmp_path)
    first = cache(backbone, view)
    assert backbone.images == 3
    again = FeatureCache(tmp_path)(backbone, view[[2, 0]])
    assert backbone.images == 3
    for level, plain in zip(first, backbone(view), strict=True):
        assert torch.equal(level, plain.half().float()) or torch.allclose(level, plain, rtol=1e-3, atol=1e-6)
    for level, second in zip(first, again, strict=True):
        assert torch.equal(level[[2, 0]], second)


def test_first_answer_is_rounded_as_later_ones_are(backbone: Backbone, view: torch.Tensor, tmp_path: Path) -> None:
    for level in FeatureCache(tmp_path)(backbone, view):
        assert level.dtype == torch.float32
        assert torch.equal(level, level.half().float())


def test_other_weights_and_other_statistics_are_another_network(
    backbone: Backbone, view: torch.Tensor, tmp_path: Path
) -> None:
    cache = FeatureCache(tmp_path)
    before = cache(backbone, view)[0]
    backbone.load_state_dict({name: x + 1 for name, x in backbone.state_dict().items()})
    assert not torch.allclose(cache(backbone, view)[0], before)
    backbone.norm.running_mean += 1
    cache(backbone, view)
    assert backbone.images == 9


def test_other_view_is_another_image(backbone: Backbone, view: torch.Tensor, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    cache(backbone, view)
    cache(backbone, view.flip(-1))
    cache(backbone, view[:, :, :8])
    assert backbone.images == 9


def test_damaged_file_is_made_anew(backbone: Backbone, view: torch.Tensor, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    before = cache(backbone, view)
    for file in tmp_path.rglob('*.npz'):
        file.write_bytes(file.read_bytes()[:100])
    with pytest.warns(UserWarning, match='made anew'):
        after = cache(backbone, view)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert backbone.images == 6
    cache(backbone, view)
    assert backbone.images == 6


def test_folder_that_cannot_be_written_costs_only_time(backbone: Backbone, view: torch.Tensor, tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.warns(UserWarning, match='cannot be kept'):
        maps = FeatureCache(tmp_path / 'file' / 'folder')(backbone, view)
    assert torch.allclose(maps[1], backbone(view)[1], rtol=1e-3, atol=1e-6)


def test_layers_that_somebody_listens_to_run(backbone: Backbone, view: torch.Tensor, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    cache(backbone, view)
    heard: list[torch.Tensor] = []
    handle = backbone.conv.register_forward_hook(lambda layer, args, output: heard.append(output))
    cache(backbone, view)
    handle.remove()
    assert len(heard) == 1
    assert torch.equal(heard[0], backbone.conv(view))


def test_backbone_that_trains_is_refused(backbone: Backbone, view: torch.Tensor, tmp_path: Path) -> None:
    backbone.conv.weight.requires_grad_(True)
    with pytest.raises(ConfigError, match='1 parameters that train'):
        FeatureCache(tmp_path)(backbone, view)
    backbone.requires_grad_(False).train()
    with pytest.raises(ConfigError, match='1 batch norms'):
        FeatureCache(tmp_path)(backbone, view)


class HalfFrozen(nn.Module):
    """A frozen layer, and one that trains."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen, self.trained = Backbone().eval().requires_grad_(False), nn.Conv2d(4, 2, 1)

    def frozen_part(self) -> nn.Sequential:
        return nn.Sequential(self.frozen.conv, self.frozen.norm)

    def forward_rest(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (self.trained(x),)


def test_rest_of_a_backbone_runs_and_trains(view: torch.Tensor, tmp_path: Path) -> None:
    backbone = HalfFrozen()
    plain = backbone.forward_rest(backbone.frozen_part()(view))[0]
    expected = torch.autograd.grad(plain.square().sum(), backbone.trained.weight)[0]
    for _ in range(2):
        (feat,) = FeatureCache(tmp_path)(backbone, view)
        assert torch.allclose(feat, plain, rtol=1e-2, atol=1e-3)
        (gradient,) = torch.autograd.grad(feat.square().sum(), backbone.trained.weight)
        assert torch.allclose(gradient, expected, rtol=1e-2, atol=1e-2)
    with torch.no_grad():
        backbone.trained.weight.zero_()
    files = sorted(tmp_path.rglob('*.npz'))
    FeatureCache(tmp_path)(backbone, view)
    assert sorted(tmp_path.rglob('*.npz')) == files


def test_layout_of_the_view_is_kept(backbone: Backbone, view: torch.Tensor, tmp_path: Path) -> None:
    for layout in (torch.contiguous_format, torch.channels_last):
        for level in FeatureCache(tmp_path)(backbone, view.contiguous(memory_format=layout)):
            assert level.is_contiguous(memory_format=layout)


def test_maps_that_nobody_will_ask_for_again(backbone: Backbone, view: torch.Tensor, tmp_path: Path) -> None:
    """They are what they would be if they were kept."""
    passing, keeping = FeatureCache(tmp_path / 'a'), FeatureCache(tmp_path / 'b')
    passing.keeps = False
    for one, other in zip(passing(backbone, view), keeping(backbone, view), strict=True):
        assert torch.equal(one, other)
    assert not (tmp_path / 'a').exists()
    assert len(list((tmp_path / 'b').rglob('*.npz'))) == len(view)


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
    assert len(list(tmp_path.rglob('*.npz'))) == len(view)
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
