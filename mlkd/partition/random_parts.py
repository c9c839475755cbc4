"""Random parts: the control that CGP and DGP are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlkd.errors import PartitionError


def random_parts(num_labels: int, num_parts: int, seed: int = 0, sizes: Sequence[int] | None = None) -> np.ndarray:
    """Divide labels at random.

    Labels are shuffled and cut at K - 1 places, as ``partition/generate_rand_partirion.py`` of the CPSD repository
    does, but that places are distinct and no part is empty.

    Args:
        num_labels: C.
        num_parts: K, in 1..C.
        seed: Of the shuffling and of the places.
        sizes: K sizes of parts, instead of random places: the control with the sizes of another partition.

    Returns:
        int64 (C,), the part of each label, 0..K-1.

    Raises:
        PartitionError: If the sizes do not make up the labels.
    """
    draw = np.random.default_rng(seed)
    order = draw.permutation(num_labels)
    if sizes is None:
        cuts = 1 + np.sort(draw.choice(num_labels - 1, num_parts - 1, replace=False))
    else:
        if len(sizes) != num_parts or min(sizes) < 1 or sum(sizes) != num_labels:
            raise PartitionError(
                'The sizes of the parts do not fit.',
                where='sizes',
                found=', '.join(map(str, sizes)),
                expected=f'{num_parts} sizes of 1 or more that sum to {num_labels}',
            )
        cuts = np.cumsum(sizes)[:-1]
    parts = np.empty(num_labels, np.int64)
    for part, members in enumerate(np.split(order, cuts)):
        parts[members] = part
    return parts
