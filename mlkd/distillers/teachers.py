"""Teachers: frozen networks that stand outside the tree of what is trained and saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mlkd.errors import ConfigError, some

from .taps import check_taps
from .teacher import Teacher
from .teacher_config import build_teacher


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
            config: ``dict(NAME=dict(model=..., checkpoint=..., ...))``. ``checkpoint`` is the path of a flat
                state dict (``network.pth``) or of a file with one under ``'state_dict'``; or a list of n of them, one
                per fold. ``classes``: names of the labels that it knows, in the order of its outputs. Instead of both,
                ``parts=[dict(labels=[...], checkpoint=...), ...]`` makes one teacher of a network for each part of the
                labels, ``model`` being the config for all labels. ``mode``, ``dropout`` and ``batched`` as of
                :class:`Teacher`; ``cache``: folder of a :class:`.logit_cache.LogitCache`.

        Raises:
            ConfigError: If a key is missing or unknown.
            CheckpointError: If a tensor is missing, unexpected or misshapen.
            PartitionError: If a network was trained for other labels than those said.
        """
        return cls({name: build_teacher(f'teachers.{name}', one) for name, one in config.items()})

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
        if taps and self[name].divided:
            raise ConfigError(
                'A teacher that is a network for each part of the labels has no layers to tap.',
                where=f'teachers.{name}',
                found=some(taps),
                fix='give the term a teacher with one network',
            )
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
