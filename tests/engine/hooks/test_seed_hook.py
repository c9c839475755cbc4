from __future__ import annotations

import random
from types import SimpleNamespace

import numpy as np
import torch

from mlkd.engine.hooks import SeedHook


def test_draws_depend_on_seed_stage_rank_and_iteration_only() -> None:
    def draw(seed: int = 0, stage: str = 'a', rank: int = 0, iteration: int = 4) -> tuple:
        torch.rand(random.randint(1, 9))
        SeedHook(stage).before_train_iter(SimpleNamespace(seed=seed, rank=rank, iter=iteration), 0)
        return torch.rand(1).item(), random.random(), np.random.random()  # noqa: NPY002

    assert draw() == draw()
    assert len({draw(), draw(seed=1), draw(stage='b'), draw(rank=1), draw(iteration=5)}) == 5


def test_all_stages_and_ranks_initialise_weights_alike() -> None:
    def draw(seed: int, stage: str, rank: int) -> float:
        SeedHook(stage).before_run(SimpleNamespace(seed=seed, rank=rank, iter=0))
        return torch.rand(1).item()

    assert draw(0, 'a', 0) == draw(0, 'b', 1)
    assert draw(0, 'a', 0) != draw(1, 'a', 0)
