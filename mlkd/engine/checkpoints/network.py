"""The network alone: taking it out of what was trained, and putting it back in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import FlexibleRunner, Runner
from torch import Tensor, nn

from mlkd.checkpoint_file import load_file
from mlkd.errors import CheckpointError, some
from mlkd.fileio import atomic_write
from mlkd.models.utils.fit import check_fits

#: Attribute of a distiller that holds what leaves the house.
STUDENT = 'student'


def network_prefix(model: nn.Module) -> str:
    """Where the network stands in ``model``: ``'student.'`` in a distiller, ``''`` in a network."""
    return f'{STUDENT}.' if isinstance(getattr(model, STUDENT, None), nn.Module) else ''


def network_state(runner: Runner | FlexibleRunner) -> dict[str, Tensor]:
    """The network that ``runner`` trained, as a flat state dict on the CPU; of a distiller the student.

    To be called by all processes: a sharded network is gathered (into rank 0).
    """
    prefix = network_prefix(unwrapped(runner))
    return {
        name[len(prefix) :]: value.detach().cpu().clone().contiguous()
        for name, value in whole_state(runner).items()
        if name.startswith(prefix)
    }


def unwrapped(runner: Runner | FlexibleRunner) -> nn.Module:
    """The model of a runner without the wrapper of distributed training."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def whole_state(runner: Runner | FlexibleRunner) -> dict[str, Tensor]:
    """The state dict of all of the model; with FSDP on GPUs empty in all processes but rank 0."""
    strategy = getattr(runner, 'strategy', None)
    state = strategy.model_state_dict() if strategy is not None else unwrapped(runner).state_dict()
    # FSDP hands out clean names, the strategy of DDP those of the wrapper.
    return {name.removeprefix('module.'): value for name, value in state.items()}


def save_network(state: Mapping[str, Tensor], path: str | os.PathLike) -> None:
    """Write a flat state dict, atomically."""
    with atomic_write(Path(path), 'wb') as file:
        torch.save(dict(state), file)


def load_network(model: nn.Module, path: str | os.PathLike) -> None:
    """Load a network's checkpoint strictly: flat, or MMEngine's of a network or of a distiller.

    Args:
        model: A network (or a distiller, whose student is then loaded; or what fuses the views of a network).
        path: The checkpoint.

    Raises:
        CheckpointError: If the file cannot be read, or if a tensor is missing, left over or of another shape.
    """
    content = load_file(path)
    model = model.module if isinstance(model, BaseTTAModel) else model
    state = dict(content.get('state_dict', content))
    network = getattr(model, STUDENT) if network_prefix(model) else model
    names = set(network.state_dict())
    if not names & state.keys() and any(name.startswith(f'{STUDENT}.') for name in state):
        state = {name.removeprefix('student.'): v for name, v in state.items() if name.startswith(f'{STUDENT}.')}
    check_fits(state, network.state_dict(), path)
    network.load_state_dict(state)


def adapt_network(checkpoint: dict, own: Mapping[str, Tensor], prefix: str) -> None:
    """Make the file of a bare network loadable by MMEngine, in place.

    A checkpoint that has a ``'state_dict'`` stays as it is, but must share a tensor with the model.

    Args:
        checkpoint: Content of the file.
        own: State dict of the model; empty in processes that a sharded one was not gathered to.
        prefix: Of :func:`network_prefix`.

    Raises:
        CheckpointError: If the network does not fit.
    """
    if 'state_dict' in checkpoint:
        names = {name.removeprefix('module.') for name in checkpoint['state_dict']}
        if own and not names & own.keys():
            fix = 'check load_from; a teacher goes into teachers, not into load_from'
            found = f'tensors like {some(names, 2)}, the model has tensors like {some(own, 2)}'
            raise CheckpointError('The checkpoint has no tensor of the model.', found=found, fix=fix)
        return
    state = dict(checkpoint)
    if own:
        check_fits(state, {n[len(prefix) :]: v for n, v in own.items() if n.startswith(prefix)}, 'load_from')
    checkpoint.clear()
    checkpoint['state_dict'] = {prefix + name: value for name, value in state.items()}
