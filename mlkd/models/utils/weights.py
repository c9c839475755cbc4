"""Pretrained weights from files: reading without running code, and loading that is strict."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from mlkd.checkpoint_file import load_file
from mlkd.errors import CheckpointError, some

from .matconvnet import read_matconvnet
from .weight_files import find_weights, missing_weights_allowed

_COUNTS = 'num_batches_tracked'


@runtime_checkable
class TakesWeightFiles(Protocol):
    """A module that knows which names its tensors have in weight files."""

    #: Beginnings of names that a file may hold for other parts of the network (its ImageNet classifier, say).
    ignored_weights: tuple[str, ...]

    def weight_layouts(self) -> list[dict[str, str]]:
        """One dict for each known kind of file, from the module's own tensor names to those in the file."""


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read a state dict without running any code from the file.

    Args:
        path: A PyTorch checkpoint: a state dict, or a dict that holds one under ``'state_dict'``; or a ``.mat`` file of
            MatConvNet.

    Returns:
        Tensors by name, on the CPU.

    Raises:
        CheckpointError: If the file cannot be read or holds something else.
    """
    if Path(path).suffix == '.mat':
        return read_matconvnet(path)
    # Of a file of an ImageNet network often a part is taken: only that is read from disk.
    content = load_file(path, mmap=True)
    state = content.get('state_dict', content)
    found = type(state).__name__
    if isinstance(state, Mapping):
        found = some(str(name) for name, value in state.items() if not isinstance(value, Tensor))
    if found:
        raise CheckpointError(
            'The checkpoint holds no state dict.',
            where=path,
            found=found,
            expected="tensors alone, by name, at the top or under 'state_dict'",
        )
    return dict(state)


def load_weights(module: nn.Module, name: str | Path, ignore: Sequence[str] = (), prefix: str | None = None) -> None:
    """Load a weight file into a module, every tensor of it.

    Tensors are cast to the module's data type. Of the layouts that the module knows, the one is taken that shares
    most names with the file; what the module declares as another part's is left out. In files for a module that knows
    no layouts (MMDetection's backbones, say) tensors have its own names.

    Args:
        module: Any; one that has ``weight_layouts`` and ``ignored_weights`` knows its files.
        name: What :func:`.weight_files.find_weights` shall look for.
        ignore: Beginnings of names that the file may hold for other parts, such as ``'fc.'``.
        prefix: The file is of a whole network, a published one for example, of which the module is the part whose names
            begin so: ``'backbone.'``. All else in it is left out.

    Raises:
        CheckpointError: If the file is not there or not readable, or if a tensor is missing, unexpected or misshapen.
    """
    try:
        path = find_weights(name)
    except CheckpointError as error:
        if not missing_weights_allowed():
            raise
        warnings.warn(f'{error}\nGoing on from random weights, which a dry run may do.', stacklevel=2)
        return
    own = module.state_dict()
    state = read_weights(path)
    if prefix is not None:
        state = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    if isinstance(module, TakesWeightFiles) and prefix is None:
        layouts, ignored = module.weight_layouts(), (*module.ignored_weights, *ignore)
    else:
        layouts, ignored = [{name: name for name in own}], tuple(ignore)
    layout = max(layouts, key=lambda names: sum(key in state for key in names.values()))
    # Counts of batches, which nothing here depends on, are in newer files alone.
    layout = {mine: key for mine, key in layout.items() if key in state or not key.endswith(_COUNTS)}
    known = set(layout.values())
    problems = {
        'missing': [key for key in known if key not in state],
        'unexpected': [key for key in state if key not in known and not key.startswith(ignored)],
        'misshapen': [
            f'{key} {tuple(state[key].shape)} instead of {tuple(own[mine].shape)}'
            for mine, key in layout.items()
            if key in state and state[key].shape != own[mine].shape
        ],
    }
    _raise_if_any(problems, path, type(module).__name__)
    with torch.no_grad():
        for mine, key in layout.items():
            own[mine].copy_(state[key])


# With MMEngine's own registry, where it is found whether a default scope is set or not.
@WEIGHT_INITIALIZERS.register_module(name='WeightFile')
class WeightFileInit:
    """``init_cfg=dict(type='WeightFile', checkpoint=NAME, ignore=['fc.'], prefix=None)``: see :func:`load_weights`."""

    wholemodule: Any = False  # set by MMEngine

    def __init__(self, checkpoint: str, ignore: Sequence[str] = (), prefix: str | None = None) -> None:
        self.checkpoint, self.ignore, self.prefix = checkpoint, ignore, prefix

    def __call__(self, module: nn.Module) -> None:
        """Load the file's tensors into ``module``."""
        load_weights(module, self.checkpoint, self.ignore, self.prefix)


def _raise_if_any(problems: Mapping[str, Sequence[str]], path: Path, module: str) -> None:
    rows = [f'{kind}: {some(names, 6)}' for kind, names in problems.items() if names]
    if rows:
        raise CheckpointError(
            f'A weight file does not fit {module}.',
            where=path,
            found='; '.join(rows),
            expected='every tensor of the module, in its shape, and no other',
            fix='check that the file belongs to this architecture and width',
        )
