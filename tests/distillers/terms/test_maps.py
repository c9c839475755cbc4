from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mlkd.distillers.terms.maps import ChannelAdapter, layer_pairs, per_layer, read_map, resample, tap_names
from mlkd.errors import ConfigError


def test_pairs_of_layers() -> None:
    assert layer_pairs(None) == [None]
    pairs = layer_pairs(['a', ('b', 'c'), ['d', 'e']])
    assert pairs == [('a', 'a'), ('b', 'c'), ('d', 'e')]
    assert tap_names(pairs, 0) == ('a', 'b', 'd')
    assert tap_names([None], 1) == ()


@pytest.mark.parametrize('layer', [('a',), ('a', 'b', 'c'), ('a', 3)])
def test_what_is_no_layer(layer: tuple) -> None:
    with pytest.raises(ConfigError, match=r'layers\.1'):
        layer_pairs(['x', layer])


@pytest.mark.parametrize('layers', [[], 'backbone'])
def test_no_layer_is_nothing_to_compare(layers: object) -> None:
    with pytest.raises(ConfigError, match='no layer to compare') as caught:
        layer_pairs(layers)  # type: ignore[arg-type]
    assert caught.value.where == 'layers'


def test_maps_are_float32_and_have_four_axes() -> None:
    feats = torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 1, 1).half()
    outputs = SimpleNamespace(feats=feats, taps={'fc': torch.ones(1, 3)})
    assert read_map(outputs, None).dtype == torch.float32  # type: ignore[arg-type]
    assert read_map(outputs, None).item() == 1  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r'(?s)where: fc.*shape \(1, 3\)'):
        read_map(outputs, 'fc')  # type: ignore[arg-type]


def test_a_finer_map_is_averaged_and_a_coarser_one_interpolated() -> None:
    feat = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert resample(feat, (2, 2)).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
    assert resample(feat, (4, 4)) is feat
    # Halfway between the centres of two cells lie three quarters and a quarter of the way.
    assert resample(torch.tensor([0.0, 4.0]).reshape(1, 1, 1, 2), (1, 4)).flatten().tolist() == [0, 1, 3, 4]
    # Finer one way and coarser the other.
    assert resample(feat, (8, 2)).shape == (1, 1, 8, 2)


def test_a_number_for_all_or_for_each() -> None:
    assert per_layer(3, 2, 'channels') == [3, 3]
    assert per_layer(None, 2, 'channels') == [None, None]
    assert per_layer([1, 2], 2, 'channels') == [1, 2]
    with pytest.raises(ConfigError, match='2 numbers'):
        per_layer([1], 2, 'channels')


@pytest.mark.parametrize('vectors', [False, True])
def test_an_adapter_changes_channels_only_where_they_differ(vectors: bool) -> None:
    given = torch.rand(2, 3) if vectors else torch.rand(2, 3, 4, 4)
    assert ChannelAdapter(3, 5, vectors)(given, 5).shape == (2, 5, *given.shape[2:])
    for same in (ChannelAdapter(3, 3, vectors), ChannelAdapter(None, None, vectors), ChannelAdapter(3, None, vectors)):
        assert same(given, 3) is given
        assert not list(same.parameters())


@pytest.mark.parametrize(('channels', 'teacher'), [((3, 5), 6), ((4, 5), 5), ((None, None), 5), ((3, None), 5)])
def test_other_channels_than_were_named(channels: tuple, teacher: int) -> None:
    with pytest.raises(ConfigError, match=f'set student_channels=3, teacher_channels={teacher}'):
        ChannelAdapter(*channels)(torch.rand(2, 3, 4, 4), teacher)
