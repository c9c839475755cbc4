"""Whether a state dict fits a network, tensor by tensor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor

from mlkd.errors import CheckpointError


def check_fits(state: Mapping[str, object], expected: Mapping[str, Tensor], where: object) -> None:
    """Compare names and shapes of a state dict with a network's.

    Raises:
        CheckpointError: That names the tensors that do not fit.
    """
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    shapes = {
        name: (tuple(tensors[name].shape), tuple(expected[name].shape))
        for name in expected.keys() & tensors.keys()
        if tensors[name].shape != expected[name].shape
    }
    missing, left_over = expected.keys() - tensors.keys(), state.keys() - expected.keys()
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
        expected=f'the {len(expected)} tensors of the network in the config',
        fix='use the config that the checkpoint was trained with (classes, backbone), or tell which stage it is from',
    )


def some(names: Iterable[str], n: int = 5) -> str:
    """The first ``n`` names, and how many more there are."""
    names = sorted(names)
    return ', '.join(names[:n]) + (f' and {len(names) - n} more' if len(names) > n else '')
