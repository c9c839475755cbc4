"""Families of teachers, each of which knows every label once between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlkd.errors import ConfigError, PartitionError, did_you_mean
from mlkd.partition.label_names import canonical, order_of
from mlkd.partition.partition import check_parts


@dataclass(frozen=True)
class Family:
    """Teachers that divide the labels between them.

    Attributes:
        name: Such as ``'cgp'``.
        alpha: Its share.
        teachers: Their names.
    """

    name: str
    alpha: float
    teachers: tuple[str, ...]


def families_of(config: Mapping[str, Any]) -> tuple[Family, ...]:
    """Families of a config.

    Args:
        config: By name of the family, its alpha; or ``dict(alpha=..., teachers=[...])``. Alphas sum to 1; families
            without one share equally what is left. Without ``teachers`` the teacher is called as the family.

    Raises:
        ConfigError: If a key is unknown, or alphas are no shares.
    """
    if not isinstance(config, Mapping) or not config:
        raise ConfigError(
            'A term has no families of teachers.',
            where='families',
            found=repr(config),
            expected="dict(cgp=dict(alpha=0.5, teachers=['cgp_0', 'cgp_1']), dgp=...), or dict(cgp=0.5, dgp=0.5)",
        )
    plain = {name: one if isinstance(one, Mapping) else {'alpha': one} for name, one in config.items()}
    for name, one in plain.items():
        for key in one:
            if key not in ('alpha', 'teachers'):
                fix = did_you_mean(key, ('alpha', 'teachers')) or None
                where = f'families.{name}.{key}'
                raise ConfigError('A family has no such key.', where=where, expected='alpha, teachers', fix=fix)
    alphas = _alphas({name: one.get('alpha') for name, one in plain.items()})
    return tuple(Family(name, alphas[name], _teachers(name, one.get('teachers'))) for name, one in plain.items())


def label_index(
    family: Family, labels: Mapping[str, Sequence[str] | None], classes: Sequence[str], where: str
) -> list[int]:
    """Where each label stands in the outputs of a family's teachers, one after the other.

    Args:
        family: The family.
        labels: Names of the labels of each teacher, in the order of its outputs.
        classes: Names of all labels, in the order of the student's outputs.
        where: Config key of the family.

    Returns:
        ``index`` with the output ``index[i]`` the logit of ``classes[i]``.

    Raises:
        ConfigError: If a teacher does not say which labels it knows.
        PartitionError: If a label is known by none of the teachers, by two, or is not among the classes.
    """
    known = {}
    for name in family.teachers:
        of_teacher = labels.get(name)
        if of_teacher is None:
            raise ConfigError(
                'A teacher does not say which labels it knows.',
                where=f'teachers.{name}.classes',
                expected='names of its labels, in the order of its outputs',
                fix="give it classes=['cat', ...], or parts, which carry them",
            )
        known[f'teacher {name}'] = of_teacher
    try:
        check_parts(known, classes)
    except PartitionError as error:
        raise error.at(where) from None
    return order_of([canonical(name) for part in known.values() for name in part], classes, where)


def _alphas(given: Mapping[str, Any]) -> dict[str, float]:
    for name, alpha in given.items():
        number = isinstance(alpha, (int, float)) and not isinstance(alpha, bool)
        if alpha is not None and not (number and 0 <= alpha <= 1):
            found = repr(alpha)
            raise ConfigError('An alpha is no share.', where=f'families.{name}.alpha', found=found, expected='0 to 1')
    total = math.fsum(alpha for alpha in given.values() if alpha is not None)
    open_ = [name for name, alpha in given.items() if alpha is None]
    if total > 1 + 1e-6 or (not open_ and abs(total - 1) > 1e-6):
        raise ConfigError(
            'The alphas of the families do not sum to 1.',
            where='families',
            found=f'{", ".join(f"{name}: {alpha}" for name, alpha in given.items())}; sum {total:g}',
            expected='shares that sum to 1',
            fix='leave one out, which then gets the rest; the weight of all families together is loss_weight',
        )
    rest = max(0.0, 1 - total) / len(open_) if open_ else 0.0
    return {name: rest if alpha is None else float(alpha) for name, alpha in given.items()}


def _teachers(family: str, given: Any) -> tuple[str, ...]:
    if given is None:
        return (family,)
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(name, str) for name in names):
        where = f'families.{family}.teachers'
        raise ConfigError('A family names no teachers.', where=where, found=repr(given), expected='a list of names')
    doubled = [name for name in names if list(names).count(name) > 1]
    if doubled:
        raise ConfigError('A family names a teacher twice.', where=f'families.{family}.teachers', found=doubled[0])
    return tuple(names)
