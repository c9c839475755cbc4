"""A teacher that is the moving average of its student."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.model import MomentumAnnealingEMA
from torch import Tensor, nn

from mlkd.arguments import check_choice, check_number
from mlkd.errors import CheckpointError, ConfigError, did_you_mean
from mlkd.models.utils.fit import check_fits

from .outputs import NetworkOutputs
from .teacher import Teacher
from .views import FrameBatch

#: Key of a teacher's config that makes it one.
AVERAGE = 'average'


class SelfTeacher(Teacher):
    r"""The exponential moving average of a student's parameters.

    Of each step t = 0, 1, ... of the optimiser, counted from 0, :math:`\theta' \leftarrow a_t \theta' + (1 - a_t)
    \theta` with :math:`a_t = \min(1 - 1 / (t + 1), decay)`: a copy first, then 1/2, 2/3 and so on. Buffers are not
    averaged but those of the student. A :class:`~mlkd.engine.hooks.SelfTeacherHook` does it, and keeps the average
    in checkpoints; as each teacher it is in no state dict of the distiller's.

    Args:
        student: The network; the average begins as a copy of it.
        decay: What is kept at each step in the end.
        train_mode: Whether batch norm uses the statistics of what it is given (dropout is on too), as published; else
            the student's running ones.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(self, student: nn.Module, decay: float = 0.99, train_mode: bool = True) -> None:
        _check_values(AVERAGE, decay, train_mode)
        self.average = MomentumAnnealingEMA(student, momentum=1 - decay, gamma=1, update_buffers=False)
        super().__init__([self.average.module], mode='train' if train_mode else 'eval')
        self._started = False

    def start(self, student: nn.Module) -> None:
        """Begin with the student as it is when training begins: initialised, or loaded."""
        self.average.module.load_state_dict(student.state_dict())
        self._started = True

    def update(self, student: nn.Module) -> None:
        """Follow a step of the optimiser."""
        self.average.update_parameters(student)

    def outputs(self, batch: FrameBatch, taps: Sequence[str] = ()) -> NetworkOutputs:
        """What the average makes of a batch, without gradients.

        Raises:
            ConfigError: If nothing lets it follow the student.
        """
        if not self._started:
            raise ConfigError(
                'A teacher is to be the average of its student, but nothing averages.',
                where='default_hooks',
                expected='a SelfTeacherHook, as configs/_base_/default_runtime.py has it',
                fix="add default_hooks=dict(self_teacher=dict(type='SelfTeacherHook'))",
            )
        return super().outputs(batch, taps)

    def state_dict(self) -> dict[str, Tensor]:
        """Average and number of steps."""
        return self.average.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on with what :meth:`state_dict` gave.

        Raises:
            CheckpointError: If it is of another network.
        """
        check_fits(dict(state), self.average.state_dict(), 'self_teachers')
        self.average.load_state_dict(dict(state))
        self._started = True


def self_teachers(teachers: Mapping[str, Mapping[str, Any]], student: nn.Module) -> dict[str, SelfTeacher]:
    """Those teachers of a distiller's config that are averages of its student.

    Args:
        teachers: By name; ``dict(average=dict(decay=0.99, train_mode=True))`` is one, with the arguments of
            :class:`SelfTeacher`.
        student: The network.

    Raises:
        ConfigError: If a key is unknown, or a value makes no sense.
    """
    built = {}
    for name, config in teachers.items():
        if isinstance(config, Mapping) and AVERAGE in config:
            check_average(f'teachers.{name}', config)
            built[name] = SelfTeacher(student, **(config[AVERAGE] or {}))
    return built


def check_average(where: str, config: Mapping[str, Any]) -> None:
    """Check the config of a teacher that is an average.

    Args:
        where: Its config key.
        config: As :func:`self_teachers` takes it.

    Raises:
        ConfigError: If a key is unknown, or a value makes no sense.
    """
    known = tuple(inspect.signature(SelfTeacher).parameters)[1:]
    expected, average = f'{AVERAGE}=dict({", ".join(known)})', config[AVERAGE] or {}
    if not isinstance(average, Mapping):
        raise ConfigError('An average is not described.', where=where, found=repr(average), expected=expected)
    for key in [*(key for key in config if key != AVERAGE), *(key for key in average if key not in known)]:
        fix = did_you_mean(key, known) or None
        raise ConfigError('An average has no such key.', where=f'{where}.{key}', expected=expected, fix=fix)
    _check_values(f'{where}.{AVERAGE}', average.get('decay', 0), average.get('train_mode', True))


def _check_values(where: str, decay: float, train_mode: bool) -> None:
    check_number(f'{where}.decay', decay, 0, 1)
    if decay == 1:
        what = 'An average that keeps all that it is follows nothing.'
        raise ConfigError(what, where=f'{where}.decay', found=decay, expected='below 1')
    check_choice(f'{where}.train_mode', train_mode, (True, False))


def load_self_teachers(teachers: Mapping[str, SelfTeacher], states: Mapping[str, Any], where: object) -> None:
    """Resume all averages from the states of a checkpoint.

    Raises:
        CheckpointError: If there is none for a teacher, or one that does not fit.
    """
    for name, teacher in teachers.items():
        if name not in states:
            raise CheckpointError(
                'The checkpoint holds no average of the student to go on with.',
                where=where,
                found=sorted(states) or 'no averages',
                expected=f'that of the teacher {name}',
                fix='train anew with --overwrite',
            )
        teacher.load_state_dict(states[name])
