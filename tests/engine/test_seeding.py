from __future__ import annotations

import random

import numpy as np
import torch

from mlkd.engine.seeding import iteration_seed, seed_all


def test_seeds_are_fixed_for_all_time() -> None:
    """A change would make old runs impossible to resume; the value was computed with b2sum."""
    assert iteration_seed(0, 'teacher', 0, 0) == 4071506032197229903


def test_every_argument_counts() -> None:
    seeds = {iteration_seed(s, t, r, i) for s in range(3) for t in ('a', 'b') for r in range(3) for i in range(50)}
    assert len(seeds) == 3 * 2 * 3 * 50
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_seed_all() -> None:
    def draw() -> tuple:
        return torch.rand(1).item(), np.random.rand(), random.random()  # noqa: NPY002

    seed_all(2**62 + 5)
    first = draw()
    assert draw() != first
    seed_all(2**62 + 5)
    assert draw() == first


def test_the_numbers_are_those_of_torch() -> None:
    seed_all(7)
    drawn, told = torch.rand(3), torch.initial_seed()
    torch.manual_seed(7)
    assert torch.equal(torch.rand(3), drawn)
    assert told == 7
