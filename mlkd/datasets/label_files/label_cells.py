"""Cells that name several labels."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Sequence

from mlkd.datasets.label_files.listing import UNKNOWN, clean

#: What may stand between the labels of a cell, the likelier first.
SEPARATORS = (';', '|', ',', '\t')
#: What may also be part of a name.
UNSURE = ('/', '+', '&', ' ')


def find_separator(cells: Sequence[str], classes: Collection[str] = ()) -> str | None:
    """What stands between the labels of a cell.

    Args:
        cells: All cells that name labels.
        classes: Names of the labels, where they are known.

    Returns:
        The separator; None where each cell is one name.
    """
    written = {cell.strip(f' {UNKNOWN}') for cell in cells if not _is_list(cell)} - {''}
    if classes and written <= set(classes):
        return None
    for separator in SEPARATORS:
        if any(separator in cell for cell in written):
            return separator
    return next((separator for separator in UNSURE if _separates(separator, written, classes)), None)


def split_cell(cell: str, separator: str | None) -> list[str]:
    """The names in a cell; ``['cat', 'dog']`` as Python and JSON write lists is read too.

    Raises:
        ValueError: If it begins and ends as such a list and is none of names.
    """
    if _is_list(cell):
        try:
            names = ast.literal_eval(cell.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise ValueError(cell) from error
        if not all(isinstance(name, str) for name in names):
            raise ValueError(cell)
        return list(names)
    return [cell] if separator is None else cell.split(separator)


def _is_list(cell: str) -> bool:
    return cell.strip().startswith('[') and cell.strip().endswith(']')


def _separates(separator: str, cells: Collection[str], classes: Collection[str]) -> bool:
    """Whether labels are separated so: the words of ``cat dog`` are in other cells too, of ``fire hydrant`` not."""
    words = {cell: {clean(word) for word in cell.split(separator)} - {''} for cell in cells}
    several = {word for found in words.values() if len(found) > 1 for word in found}
    if classes:
        return bool(several) and several <= set(classes)
    count = Counter(word for found in words.values() for word in found)
    return sum(count[word] > 1 for word in several) * 2 > len(several)
