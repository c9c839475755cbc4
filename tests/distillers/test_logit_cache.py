"""Kept logits are those that the networks give, and are asked for once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from mlkd.distillers import FrameBatch, TeacherBank
from mlkd.distillers.logit_cache import MANY_VIEWS, LogitCache, fingerprint
from mlkd.errors import ConfigError
from mlkd.registry import MODELS
from tests.distillers.part_toy import CGP, model, toy_batch, write_parts

Bank = Callable[..., TeacherBank]


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A teacher with parts; ``bank(cache=...)``."""
    parts = write_parts(tmp_path, CGP)

    def make(**config: Any) -> TeacherBank:
        return TeacherBank.from_config({'x': {'model': model(), 'parts': parts, **config}})

    return make


def logits(teachers: TeacherBank, batch: FrameBatch) -> torch.Tensor:
    with teachers['x'].outputs(batch) as outputs:
        return outputs.logits


def count_calls(teachers: TeacherBank) -> list[int]:
    calls: list[int] = []
    run = teachers['x']._stack.__call__  # type: ignore[union-attr]

    class Counted:
        networks = teachers['x'].networks

        def __call__(self, view: torch.Tensor) -> list[torch.Tensor]:
            calls.append(len(view))
            return run(view)

    teachers['x']._stack = Counted()  # type: ignore[assignment]
    return calls


def test_as_without_a_cache(bank: Bank, tmp_path: Path) -> None:
    plain, batch = bank(), toy_batch()
    cached = bank(cache=str(tmp_path / 'logits'))
    calls = count_calls(cached)
    first = logits(cached, batch)
    torch.testing.assert_close(first, logits(plain, batch), rtol=1e-4, atol=1e-4)
    assert calls == [1, 1, 1]
    assert torch.equal(logits(cached, batch), first)
    # Alone, in another batch, in another order: the same bits.
    other = FrameBatch(batch.inputs[[2, 0]], [batch.samples[2], batch.samples[0]])
    assert torch.equal(logits(cached, other), first[[2, 0]])
    assert calls == [1, 1, 1]
    assert len(list((tmp_path / 'logits').glob('*.logits'))) == len(CGP)


def test_other_runs_find_them(bank: Bank, tmp_path: Path) -> None:
    batch = toy_batch()
    first = logits(bank(cache=str(tmp_path / 'logits')), batch)
    again = bank(cache=str(tmp_path / 'logits'))
    calls = count_calls(again)
    # Nothing is run, and no view is made.
    again['x'].network.data_preprocessor.forward = None
    assert torch.equal(logits(again, batch), first)
    assert calls == []


def test_a_partition_with_a_part_in_common(tmp_path: Path) -> None:
    """The network of a part is looked up by itself, whatever family it is in."""
    parts, cache = write_parts(tmp_path, CGP), str(tmp_path / 'logits')
    config = {'model': model(), 'cache': cache}
    teachers = TeacherBank.from_config({'x': {**config, 'parts': parts}})
    logits(teachers, toy_batch())
    # In another order, so that the config for all labels is the same.
    turned = TeacherBank.from_config({'x': {**config, 'parts': parts[::-1]}})
    calls = count_calls(turned)
    logits(turned, toy_batch())
    assert calls == []


def test_another_frame_network_or_view_is_another_entry(bank: Bank) -> None:
    frame = toy_batch().inputs[0]
    other = frame.clone()
    other[0, 0, 0] ^= 1
    frames = [frame, other, frame.reshape(3, 8, 32), frame.permute(1, 2, 0).contiguous().permute(2, 0, 1)]
    keys = FrameBatch(frames, []).keys
    assert len(set(keys[:3])) == 3
    assert keys[3] == keys[0]
    one, two = bank()['x'].networks[:2]
    names = {fingerprint(one, model()), fingerprint(two, model()), fingerprint(one, model(size=13))}
    assert len(names) == 3
    assert fingerprint(one, model()) in names


def test_autocast_is_kept_apart(bank: Bank, tmp_path: Path) -> None:
    teachers, batch = bank(cache=str(tmp_path / 'logits')), toy_batch()
    full = logits(teachers, batch)
    with torch.autocast('cpu', torch.bfloat16):
        half = logits(teachers, batch)
    assert half.dtype == torch.float32
    assert not torch.equal(half, full)
    torch.testing.assert_close(half, full, rtol=0.1, atol=0.1)


def test_frames_of_different_sizes(bank: Bank, tmp_path: Path) -> None:
    teachers, batch = bank(cache=str(tmp_path / 'logits')), toy_batch(2)
    frames = [batch.inputs[0], batch.inputs[1, :, :12]]
    for sample, frame in zip(batch.samples, frames, strict=True):
        sample.set_metainfo({'img_shape': tuple(frame.shape[1:])})
    mixed = logits(teachers, FrameBatch(frames, batch.samples))
    alone = [logits(bank(), FrameBatch(frame[None], [one])) for frame, one in zip(frames, batch.samples, strict=True)]
    torch.testing.assert_close(mixed, torch.cat(alone), rtol=1e-4, atol=1e-4)


def test_random_views_are_noticed(tmp_path: Path) -> None:
    network = MODELS.build(model()).eval()
    cache = LogitCache(tmp_path / 'logits', [network], model(), [6])
    sample = toy_batch(1).samples
    seen = []

    def compute(position: int) -> list[torch.Tensor]:
        seen.append(position)
        return [torch.full((1, 6), float(len(seen)))]

    for seed in range(MANY_VIEWS):
        cache(FrameBatch(toy_batch(1, seed).inputs, sample), compute)
    with pytest.warns(UserWarning, match='of no use'):
        last = cache(FrameBatch(toy_batch(1, 99).inputs, sample), compute)
    assert last.tolist() == [[MANY_VIEWS + 1] * 6]
    size = next((tmp_path / 'logits').iterdir()).stat().st_size
    cache(FrameBatch(toy_batch(1, 98).inputs, sample), compute)
    assert next((tmp_path / 'logits').iterdir()).stat().st_size == size
    # What was kept before is found.
    assert cache(FrameBatch(toy_batch(1, 3).inputs, sample), compute).tolist() == [[4] * 6]


@pytest.mark.parametrize('config', [{'mode': 'train'}, {'dropout': True}])
def test_a_teacher_that_never_says_the_same_twice(bank: Bank, tmp_path: Path, config: dict) -> None:
    with pytest.raises(ConfigError, match='not in eval mode'):
        bank(cache=str(tmp_path / 'logits'), **config)
