"""What the config of a distiller may say."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from mlkd.arguments import check_number
from mlkd.errors import ConfigError
from mlkd.registry import MODELS

from .self_teacher import AVERAGE, check_average
from .teacher_config import check_teacher_keys
from .terms.base import check_teacher

Config = dict[str, Any]
#: How the student's own losses are named in the log; no term may be named so.
TASK = 'task'


def check_distiller(
    terms: Mapping[str, Config],
    teachers: Mapping[str, Config],
    task_weight: float = 1.0,
    train_only: Sequence[str] | None = None,
) -> None:
    """Check what can be checked before a network is built or a checkpoint read.

    Args:
        terms: As of :class:`.distiller.Distiller`, and so are the others.
        teachers: See there.
        task_weight: See there.
        train_only: See there.

    Raises:
        ConfigError: If a key is unknown or a value makes no sense.
    """
    check_number('task_weight', task_weight, 0)
    if isinstance(train_only, str):
        raise ConfigError('train_only is no list.', where='train_only', found=repr(train_only), fix=f'[{train_only!r}]')
    for key, group, expected in (
        ('teachers', teachers, 'dict(model=..., checkpoint=...)'),
        ('terms', terms, "dict(type='PredKD', ...)"),
    ):
        wrong = [f'{key}.{name}' for name, one in group.items() if not isinstance(one, Mapping)]
        if wrong:
            raise ConfigError('This is no dict.', where=wrong[0], expected=expected)
    for name, config in teachers.items():
        (check_average if AVERAGE in config else check_teacher_keys)(f'teachers.{name}', config)
    if not terms and not task_weight:
        raise ConfigError('A distiller without terms and without task_weight has nothing to minimise.', where='terms')
    for name, term in terms.items():
        if name == TASK or 'loss' in name or '.' in name:
            raise ConfigError(
                'A term cannot have this name.',
                where=f'terms.{name}',
                found=name,
                expected=f"a name without a dot and without 'loss' in it, which is not {TASK!r}",
                fix="all that is logged with 'loss' in its name is minimised, and the log calls losses TERM.NAME",
            )
        teacher = term.get('teacher')
        if teacher is not None:
            check_teacher(teacher, teachers, f'terms.{name}.teacher')


def with_num_classes(term: Config, num_classes: int | None) -> dict[str, Any]:
    """Config of a term, with the student's number of classes where the term asks for one and is given none."""
    kind = term.get('type')
    kind = MODELS.get(kind) if isinstance(kind, str) else kind
    if num_classes is not None and kind is not None and 'num_classes' in inspect.signature(kind).parameters:
        return {'num_classes': num_classes, **term}
    return dict(term)
