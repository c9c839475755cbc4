"""Whether a state dict fits a network, tensor by tensor, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from mlkd.errors import CheckpointError, did_you_mean, some

from .weights import read_weights

#: Shape in the file and shape in the network, by name.
Shapes = dict[str, tuple[tuple[int, ...], tuple[int, ...]]]


def load_strictly(network: nn.Module, checkpoint: str | Path, whose: str) -> None:
    """Load a flat state dict, or one under ``'state_dict'``, of tensors only.

    Args:
        network: What the tensors go into.
        checkpoint: The file.
        whose: Config key of the network, for the message.

    Raises:
        CheckpointError: If the file cannot be read, or if a tensor is missing, left over or of another shape.
    """
    state = read_weights(checkpoint)
    check_fits(state, network.state_dict(), f'{whose}: {checkpoint}')
    network.load_state_dict(state)


def check_fits(state: Mapping[str, object], expected: Mapping[str, Tensor], where: object) -> None:
    """Compare names and shapes of a state dict with a network's.

    Args:
        state: What was read.
        expected: The network's.
        where: File or config key, for the message.

    Raises:
        CheckpointError: That names the tensors that do not fit, and what is near.
    """
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    shapes: Shapes = {
        name: (tuple(tensors[name].shape), tuple(expected[name].shape))
        for name in expected.keys() & tensors.keys()
        if tensors[name].shape != expected[name].shape
    }
    missing, left_over = sorted(expected.keys() - tensors.keys()), sorted(state.keys() - expected.keys())
    if not (shapes or missing or left_over):
        return
    found = []
    if shapes:
        found.append(
            'another shape: ' + some(f'{name} {has} instead of {want}' for name, (has, want) in shapes.items())
        )
    if missing:
        found.append(f'missing: {some(missing)}')
    if left_over:
        found.append(f'not in the network: {some(left_over)}')
    raise CheckpointError(
        'The checkpoint does not fit the network.',
        where=where,
        found='; '.join(found),
        expected=f'each of the {len(expected)} tensors of the network in the config, and no other',
        fix=_advice(tensors, missing, left_over, shapes),
    )


def _advice(state: Mapping[str, Tensor], missing: list[str], left_over: list[str], shapes: Shapes) -> str:
    pairs = {(has[:1], want[:1]) for has, want in shapes.values()}
    if len(pairs) == 1 and not (missing or left_over) and all(has[1:] == want[1:] for has, want in shapes.values()):
        (has, want), *_ = pairs
        if has and want:
            return (
                f'the checkpoint seems to be of {has[0]} classes and the config of {want[0]}: '
                'set num_classes, or take a network of this data set'
            )
    for prefix in sorted({name.split('.')[0] + '.' for name in left_over}):
        if missing and all(prefix + name in state for name in missing):
            whole = 'network.pth of that run' if prefix == 'student.' else 'a checkpoint of the network alone'
            return f'all its names begin with {prefix!r}, so it is not the network alone: take {whole}'
    if shapes and missing and left_over:
        return (
            'it is the checkpoint of another network (a teacher where a student is asked for, another stage, another '
            'backbone): take that of this one, or use the config that it was trained with'
        )
    if missing and left_over:
        near = did_you_mean(missing[0], left_over, n=1)
        hint = f' ({missing[0]}: {near})' if near else ''
        return f'layers seem to be renamed{hint}: use the config that the checkpoint was trained with'
    return 'use the config that the checkpoint was trained with (backbone, width, classes)'
