from __future__ import annotations

from pathlib import Path

import pytest
import torch
from frozen_backbones import Backbone, HalfFrozen

from mlkd.errors import ConfigError
from mlkd.models.utils import FeatureCache


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
    for file in tmp_path.rglob('*.safetensors'):
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
    files = sorted(tmp_path.rglob('*.safetensors'))
    FeatureCache(tmp_path)(backbone, view)
    assert sorted(tmp_path.rglob('*.safetensors')) == files


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
    assert len(list((tmp_path / 'b').rglob('*.safetensors'))) == len(view)
