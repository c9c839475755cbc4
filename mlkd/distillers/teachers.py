"""Teachers: frozen networks that stand outside the tree of what is trained and saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from mmengine.registry import DefaultScope
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from mlkd.errors import ConfigError, did_you_mean
from mlkd.models.utils.build import build_model
from mlkd.models.utils.fit import load_strictly
from mlkd.registry import SCOPE

from .folded_outputs import FoldedOutputs
from .outputs import FrameBatch, NetworkOutputs, View, make_view
from .taps import check_taps

_KEYS = ('model', 'checkpoint', 'dropout')


class Teacher:
    """One frozen network, or one for each fold of the training set.

    Args:
        networks: One network; or n of one architecture, of which the i-th has not seen fold i: each image is then
            taught by the one for its sample's ``fold``.
        dropout: Leave dropout on, as the released files do (trap T7).
    """

    def __init__(self, networks: Sequence[nn.Module], dropout: bool = False) -> None:
        self.networks = list(networks)
        for network in self.networks:
            network.eval().requires_grad_(False)
            for layer in network.modules():
                if dropout and isinstance(layer, _DropoutNd):
                    layer.train()

    @property
    def network(self) -> nn.Module:
        """The first network."""
        return self.networks[0]

    def outputs(self, batch: FrameBatch, taps: Sequence[str] = ()) -> NetworkOutputs:
        """What the teacher makes of a batch, without gradients.

        Args:
            batch: The frames.
            taps: Module paths of the layers that terms ask for.
        """
        for network in self.networks:
            # Wrappers such as FSDP move what is in the module tree, and a teacher is not.
            first = next(network.parameters(), None)
            if first is not None and first.device != batch.device:
                network.to(batch.device)

        def view() -> View:
            return make_view(self.network, batch)

        if len(self.networks) == 1:
            return NetworkOutputs(self.network, view, taps, frozen=True, device=batch.device)
        return FoldedOutputs(self.networks, view, taps, device=batch.device)


class TeacherBank(Mapping[str, Teacher]):
    """Teachers by name. Not a module, so that they are in no state dict, optimiser or gradient bucket.

    Args:
        teachers: Teachers by name.
    """

    def __init__(self, teachers: Mapping[str, Teacher]) -> None:
        self._teachers = dict(teachers)

    @classmethod
    def from_config(cls, config: Mapping[str, Mapping[str, Any]]) -> TeacherBank:
        """Build and load teachers.

        Args:
            config: ``dict(NAME=dict(model=..., checkpoint=..., dropout=False))``. ``checkpoint`` is the path of a flat
                state dict (``network.pth``) or of a file with one under ``'state_dict'``; or a list of n of them, one
                per fold.

        Raises:
            ConfigError: If a key is missing or unknown.
            CheckpointError: If a tensor is missing, unexpected or misshapen.
        """
        return cls({name: _build(f'teachers.{name}', one) for name, one in config.items()})

    def __getitem__(self, name: str) -> Teacher:
        return self._teachers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._teachers)

    def __len__(self) -> int:
        return len(self._teachers)

    def __deepcopy__(self, memo: dict[int, Any]) -> TeacherBank:
        """Itself: a moving average of the distiller needs no copy of what never changes."""
        return self

    def check_taps(self, name: str, taps: Sequence[str]) -> None:
        """Make sure that the teacher ``name`` has the layers ``taps``."""
        check_taps(self[name].network, taps, f'teachers.{name}')

    def move(self, function: Callable[[Tensor], Tensor], recurse: bool = True) -> None:
        """Apply what ``nn.Module.to`` and the like apply to a module's tensors."""
        for teacher in self.values():
            for network in teacher.networks:
                network._apply(function, recurse)

    def set_device(self, device: torch.device) -> None:
        """Tell the teachers' preprocessors where their input goes."""
        for teacher in self.values():
            for network in teacher.networks:
                if hasattr(network, '_set_device'):
                    network._set_device(device)  # type: ignore[operator]


def _build(where: str, config: Mapping[str, Any]) -> Teacher:
    for key in config:
        if key not in _KEYS:
            expected, fix = ', '.join(_KEYS), did_you_mean(key, _KEYS) or None
            raise ConfigError('A teacher has no such key.', where=f'{where}.{key}', expected=expected, fix=fix)
    model, checkpoint = config.get('model'), config.get('checkpoint')
    if not isinstance(model, Mapping):
        raise ConfigError(
            'A teacher has no model.',
            where=f'{where}.model',
            found=repr(model),
            expected='the config of a network',
            fix="a reference such as 'model:teacher' is resolved in a recipe, a config with stages",
        )
    paths = [checkpoint] if isinstance(checkpoint, str) else checkpoint
    if not isinstance(paths, (list, tuple)) or not paths or not all(isinstance(path, str) for path in paths):
        raise ConfigError(
            'A teacher has no checkpoint, and an untrained teacher has nothing to teach.',
            where=f'{where}.checkpoint',
            found=repr(checkpoint),
            expected="a path, a list of paths (one per fold) or, in a recipe, 'stage:NAME'",
        )
    networks = []
    for path in paths:
        if path.startswith('stage:'):
            raise ConfigError(
                'A teacher is to come from a stage, but this is no recipe.',
                where=f'{where}.checkpoint',
                found=path,
                fix="run the config with tools/train.py and a key 'stages', or give the path of a network.pth",
            )
        # MMDetection's networks look up their preprocessor in the default scope.
        with DefaultScope.overwrite_default_scope(SCOPE):
            network = build_model(dict(model))
        load_strictly(network, path, where)
        networks.append(network)
    return Teacher(networks, bool(config.get('dropout', False)))
