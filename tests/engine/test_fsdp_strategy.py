"""What FSDP is asked for when a run is resumed."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from torch.distributed.fsdp import FullyShardedDataParallel

from mlkd.engine.fsdp_strategy import FSDPStrategy
from mlkd.registry import STRATEGIES


def test_the_state_of_the_optimiser_is_sharded_for_this_model(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = inspect.signature(FullyShardedDataParallel.optim_state_dict_to_load)
    asked: dict[str, Any] = {}

    def to_load(*args: Any, **kwargs: Any) -> dict[str, Any]:
        # In the order of PyTorch's own arguments, whatever that is.
        asked.update(signature.bind(*args, **kwargs).arguments)
        return {'sharded': True}

    monkeypatch.setattr(FullyShardedDataParallel, 'optim_state_dict_to_load', to_load)
    loaded: list[Any] = []
    strategy: Any = object.__new__(FSDPStrategy)
    strategy.model = 'the model'
    strategy.optim_wrapper = SimpleNamespace(optimizer='the optimiser', load_state_dict=loaded.append)
    strategy.load_optim_state_dict({'whole': True})
    assert asked == {'model': 'the model', 'optim': 'the optimiser', 'optim_state_dict': {'whole': True}}
    assert loaded == [{'sharded': True}]


def test_it_is_the_one_of_this_registry() -> None:
    assert STRATEGIES.get('mlkd.FSDPStrategy') is FSDPStrategy
    assert FSDPStrategy.__mro__[1].__module__.startswith('mmengine')
