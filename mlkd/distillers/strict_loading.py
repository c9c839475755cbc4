"""Loading a network's weights so that every tensor fits, or the one that does not is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor, nn

from mlkd.errors import CheckpointError, did_you_mean
from mlkd.models.utils.weights import read_weights

Shapes = dict[str, tuple[tuple[int, ...], tuple[int, ...]]]


def load_strictly(network: nn.Module, checkpoint: str | Path, whose: str) -> None:
    """Load a flat state dict, or one under ``'state_dict'``, of tensors only.

    Args:
        network: What the tensors go into.
        checkpoint: The file.
        whose: Config key of the network, for the message.

    Raises:
        CheckpointError: If the file cannot be read, or if a tensor is missing, unexpected or misshapen; names them and
            what is near.
    """
    state, own = read_weights(checkpoint), network.state_dict()
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    shapes: Shapes = {
        name: (tuple(state[name].shape), tuple(own[name].shape))
        for name in own
        if name in state and state[name].shape != own[name].shape
    }
    if not (missing or unexpected or shapes):
        network.load_state_dict(state)
        return
    found = [
        *([f'missing: {_some([_with_near(name, unexpected) for name in missing])}'] if missing else []),
        *([f'unexpected: {_some(unexpected)}'] if unexpected else []),
        *([f'misshapen: {_some([f"{n} {has}, not {want}" for n, (has, want) in shapes.items()])}'] if shapes else []),
    ]
    raise CheckpointError(
        f'The checkpoint does not fit {type(network).__name__}.',
        where=f'{whose}: {checkpoint}',
        found='; '.join(found),
        expected=f'each of the {len(own)} tensors of the network, in its shape, and no other',
        fix=_advice(state, missing, unexpected, shapes),
    )


def _advice(state: Mapping[str, Tensor], missing: list[str], unexpected: list[str], shapes: Shapes) -> str:
    pairs = {(has[:1], want[:1]) for has, want in shapes.values() if has[1:] == want[1:]}
    if shapes and len(pairs) == 1 and all(has[1:] == want[1:] for has, want in shapes.values()):
        (has, want), *_ = pairs
        if not (missing or unexpected) and has and want:
            return (
                f'the checkpoint seems to be of {has[0]} classes and the config of {want[0]}: '
                'set num_classes, or take a teacher of this data set'
            )
    for prefix in sorted({name.split('.')[0] + '.' for name in unexpected}):
        if missing and all(prefix + name in state for name in missing):
            whole = 'network.pth of that run' if prefix == 'student.' else 'a checkpoint of the network alone'
            return f'all its names begin with {prefix!r}, so it is not the network alone: take {whole}'
    if missing and unexpected:
        return 'layers seem to be renamed: use the config that the checkpoint was trained with'
    return 'use the config that the checkpoint was trained with (backbone, width, classes)'


def _with_near(name: str, unexpected: Sequence[str]) -> str:
    near = did_you_mean(name, unexpected, n=1)
    return f'{name} ({near})' if near else name


def _some(names: Sequence[str], n: int = 5) -> str:
    return ', '.join(names[:n]) + (f' and {len(names) - n} more' if len(names) > n else '')
