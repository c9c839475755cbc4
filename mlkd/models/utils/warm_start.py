"""Beginning with a network of another data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import print_log
from torch import nn

from mlkd.errors import CheckpointError, some

from .weight_files import find_weights
from .weights import read_weights


def load_matching(network: nn.Module, name: str | Path, leave: Sequence[str] = ()) -> list[str]:
    """Take from a network what fits: each tensor that has one of the same name and shape.

    Args:
        network: What the tensors go into.
        name: What :func:`~mlkd.models.utils.weight_files.find_weights` shall look for: a flat state dict, or one under
            ``'state_dict'``.
        leave: Beginnings of the names of tensors that stay as they are.

    Returns:
        Names of the tensors that were not taken over; they are logged.

    Raises:
        CheckpointError: If the file cannot be read, or not half of the network's tensors are in it.
    """
    path = find_weights(name)
    state, own = read_weights(path), network.state_dict()
    fitting = {
        key: value
        for key, value in state.items()
        if key in own and own[key].shape == value.shape and not key.startswith(tuple(leave))
    }
    left = [key for key in own if key not in fitting]
    if len(fitting) < len(own) / 2:
        raise CheckpointError(
            'A network to begin with has little that fits.',
            where=path,
            found=f'{len(fitting)} of {len(own)} tensors; it lacks {some(left, 3)}, and has {some(state, 3)}',
            expected='a network of the same kind, trained on another data set',
            fix='take network.pth or student.pth of a run with the same backbone and head',
        )
    network.load_state_dict(fitting, strict=False)
    print_log(f'{len(fitting)} tensors of {path}; begun anew: {some(left, 8)}', 'current')
    return left
