from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from mlkd.distillers.terms.patch_network import piece_maps
from mlkd.errors import ConfigError
from mlkd.registry import MODELS

PIECES = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def network(csi: str | None = None) -> nn.Module:
    torch.manual_seed(0)
    return MODELS.build(
        {
            'type': 'MultiLabelClassifier',
            'backbone': {'type': 'SmallConvNet', 'layers': ((6, 2), (8, 1))},
            'neck': {'type': 'LastMap'},
            'head': {'type': 'CAMHead', 'num_classes': 3, 'in_channels': 8, 'csi': csi},
        }
    )


def outputs(net: nn.Module) -> Any:
    @contextmanager
    def run_mode() -> Iterator[None]:
        yield

    return SimpleNamespace(network=net, run_mode=run_mode)


def statistics(net: nn.Module) -> list[torch.Tensor]:
    return [buffer.clone() for name, buffer in net.named_buffers() if 'running' in name]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_maps_are_those_of_the_head_in_float32() -> None:
    net = network().eval()
    maps = piece_maps(outputs(net), PIECES)
    torch.testing.assert_close(maps, net.head.class_maps(net.extract_feat(PIECES)[-1]))
    assert (maps.shape[:2], maps.dtype) == ((8, 3), torch.float32)


def test_norm_by_all_pieces_or_by_the_four_of_a_key_point() -> None:
    joint = piece_maps(outputs(network().train()), PIECES)
    apart = piece_maps(outputs(network().train()), PIECES, 'per_keypoint')
    alone = [piece_maps(outputs(network().train()), group) for group in PIECES.split(4)]
    torch.testing.assert_close(apart, torch.cat(alone))
    assert not torch.allclose(apart, joint, atol=1e-4)
    # In test mode statistics are kept ones, and it is the same.
    tested = [piece_maps(outputs(network().eval()), PIECES, norm) for norm in ('joint', 'per_keypoint')]  # type: ignore
    torch.testing.assert_close(*tested)


def test_statistics_are_updated_or_held() -> None:
    net = network().train()
    before = statistics(net)
    assert before
    held = piece_maps(outputs(net), PIECES, statistics='hold')
    assert same(before, statistics(net))
    torch.testing.assert_close(held, piece_maps(outputs(net), PIECES))
    assert not same(before, statistics(net))


def test_statistics_are_kept_again_whatever_happens() -> None:
    net = network().train()
    with pytest.raises(RuntimeError):
        piece_maps(outputs(net), PIECES[:, :2], statistics='hold')
    norms = [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert norms
    assert all(layer.track_running_stats for layer in norms)


def test_a_network_without_class_maps_is_named() -> None:
    net = SimpleNamespace(head=nn.Linear(1, 1))
    with pytest.raises(ConfigError, match='SimpleNamespace with the head Linear'):
        piece_maps(outputs(net), PIECES)  # type: ignore[arg-type]
