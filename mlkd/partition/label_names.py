"""Labels are found by name; nothing here trusts their position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mlkd.errors import PartitionError, did_you_mean, some

#: How published files spell a name: its spelling in the data set.
SPELLINGS = {'earthq': 'earthquake'}


def canonical(name: str) -> str:
    """One spelling per label.

    >>> canonical('earthq')
    'earthquake'
    """
    return SPELLINGS.get(name, name)


def checked_names(names: Sequence[str], where: object = None) -> tuple[str, ...]:
    """Names of labels, each there once.

    Raises:
        PartitionError: If they are no list of names, or one is doubled.
    """
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(name, str) and name for name in names):
        raise PartitionError('Labels have no names.', where=where, found=repr(names)[:80], expected='a list of names')
    doubled = [name for name, count in Counter(map(canonical, names)).items() if count > 1]
    if doubled:
        raise PartitionError('Labels are named twice.', where=where, found=some(doubled), expected='each of them once')
    return tuple(str(name) for name in names)


def positions(names: Sequence[str], classes: Sequence[str], where: object = None) -> list[int]:
    """Where labels stand in an order of labels.

    Args:
        names: Which labels.
        classes: The order.
        where: For the message.

    Returns:
        Positions in ``classes``, one for each of ``names``.

    Raises:
        PartitionError: If one is not among ``classes``; says what is near.
    """
    known = {canonical(name): index for index, name in enumerate(classes)}
    unknown = [name for name in names if canonical(name) not in known]
    if unknown:
        raise PartitionError(
            f'{len(unknown)} of {len(names)} labels are not known.',
            where=where,
            found=some(unknown),
            expected=f'{len(classes)} labels: {some(classes)}',
            fix=did_you_mean(unknown[0], classes) or 'check that both are of the same data set',
        )
    return [known[canonical(name)] for name in names]


def order_of(names: Sequence[str], classes: Sequence[str], where: object = None) -> list[int]:
    """How to bring labels into another order of the same labels.

    Args:
        names: The order that is there.
        classes: The order that is asked for.
        where: For the message.

    Returns:
        ``index`` with ``names[index[i]]`` the label ``classes[i]``.

    Raises:
        PartitionError: If they are not the same labels; names those that are missing and what is near.
    """
    checked_names(classes, where)
    index = positions(classes, names, where)
    left = [name for name in names if canonical(name) not in set(map(canonical, classes))]
    if left:
        raise PartitionError(
            f'{len(left)} of {len(names)} labels are missing.',
            where=where,
            found=f'{len(classes)} labels, without {some(left)}',
            expected=f'all {len(names)} labels',
            fix=did_you_mean(left[0], classes) or 'check that both are of the same data set',
        )
    return index
