"""One seed for every iteration, so that a run can stop and go on anywhere."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch


def iteration_seed(seed: int, stage: str, rank: int, iteration: int) -> int:
    """A seed that depends on nothing but its arguments.

    Args:
        seed: The run's seed.
        stage: Name of the stage (its folder), so that stages draw different numbers.
        rank: Process of a distributed run.
        iteration: Iteration that begins, from 0.

    Returns:
        A number in [0, 2**63), the same on every machine and Python version.
    """
    text = f'{seed}/{stage}/{rank}/{iteration}'.encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), 'big') >> 1


def seed_all(seed: int) -> None:
    """Seed torch (all devices), NumPy and :mod:`random`."""
    if torch.accelerator.is_available():
        torch.manual_seed(seed)
    else:
        # torch.manual_seed notes where it was called from for each kind of accelerator that might yet come up, which
        # takes longer than all else here.
        torch.default_generator.manual_seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)  # noqa: NPY002 (the global state is what transforms draw from)
    random.seed(seed)
