"""Files of partitions: mlkd's own, which name everything, and the lists of the CPSD repository, which name nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlkd.errors import PartitionError, near_file
from mlkd.fileio import write_json

from .label_names import checked_names
from .partition import Partition

_FORMAT, _VERSION = 'mlkd partition', 1
#: Keys of the file beside ``parts`` and ``classes``, and what they may hold.
_NOTES: dict[str, tuple[type, ...]] = {
    'dataset': (str,),
    'graph': (str,),
    'rho': (float, int, type(None)),
    'seed': (int, type(None)),
    'counts': (str, type(None)),
}


def read_partition(path: str | Path, classes: Sequence[str] | None = None) -> Partition:
    """Read a partition.

    Args:
        path: A file of :func:`write_partition`; or a JSON list of the CPSD repository: for each part an object that
            maps the position of a label among all labels to its position in the part; or lists of positions or names.
        classes: Names of all labels: the order that positions in a list count in (that of the published files is
            :func:`.published.published_order`), or that the labels of mlkd's own file are brought into, by name.

    Raises:
        PartitionError: If the file is missing, damaged, or no partition of the labels.
    """
    path = Path(path)
    content = _load(path)
    try:
        if isinstance(content, list):
            return _of_list(content, classes, path)
        partition = _of_object(content)
        return partition if classes is None else partition.reordered(classes)
    except PartitionError as error:
        raise error.at(path, ', ') from None


def write_partition(partition: Partition, path: str | Path) -> Path:
    """Write a partition with all that it is known to come from, as JSON, atomically.

    Returns:
        The file.
    """
    content = asdict(partition)
    notes = {key: content[key] for key in _NOTES}
    parts = [list(part) for part in partition.parts]
    write_json(
        path, {'format': _FORMAT, 'version': _VERSION, **notes, 'parts': parts, 'classes': list(partition.classes)}
    )
    return Path(path)


def write_reference(partition: Partition, path: str | Path, classes: Sequence[str] | None = None) -> Path:
    """Write a partition as the CPSD repository has them; data set, names and all else get lost.

    Args:
        partition: The partition.
        path: The file, there called ``idx_coocurrence5_0.json`` (CGP) or ``idx_cluster5_0.json`` (DGP).
        classes: The order in which positions count; None: that of the partition. The published code counts in
            alphabetical order.

    Returns:
        The file.

    Raises:
        PartitionError: If the classes are not those of the partition.
    """
    rows = [{str(index): local for local, index in enumerate(part)} for part in partition.indices(classes)]
    write_json(path, rows)
    return Path(path)


def _load(path: Path) -> Any:
    if not path.is_file():
        raise PartitionError('There is no such partition file.', where=path, fix=near_file(path))
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise PartitionError(
            'A partition file cannot be read.',
            where=path,
            found=f'{type(error).__name__}: {str(error)[:200]}',
            expected='JSON',
            fix='get or make the file again',
        ) from error


def _of_object(content: Any) -> Partition:
    if not isinstance(content, Mapping) or content.get('format') != _FORMAT:
        raise PartitionError(
            'The file holds no partition.',
            found=f'keys {", ".join(map(str, content))}'[:200] if isinstance(content, Mapping) else repr(content)[:80],
            expected=f"a list of parts, or an object with 'format': {_FORMAT!r}",
        )
    if content.get('version') != _VERSION:
        raise PartitionError(
            'The partition file is of another version.', found=content.get('version'), expected=_VERSION
        )
    for key, kinds in _NOTES.items():
        if not isinstance(content.get(key), kinds) or isinstance(content.get(key), bool):
            raise PartitionError('A value of the partition file is wrong.', where=key, found=repr(content.get(key)))
    notes = {key: content[key] for key in _NOTES}
    classes = checked_names(content.get('classes', ()), 'classes')
    return Partition(_names(content.get('parts'), 'parts'), classes, **notes)


def _names(parts: Any, where: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(parts, list) or not all(isinstance(part, list) for part in parts):
        raise PartitionError('The parts are no lists of names.', where=where, found=repr(parts)[:80])
    return tuple(checked_names(part, f'part {number}') if part else () for number, part in enumerate(parts))


def _of_list(parts: list, classes: Sequence[str] | None, path: Path) -> Partition:
    if parts and all(isinstance(part, list) and part and isinstance(part[0], str) for part in parts):
        named = _names(parts, 'the list')
        return Partition(named, tuple(classes) if classes is not None else sum(named, ()), path.stem)
    if classes is None:
        raise PartitionError(
            'The file counts labels and does not name them.',
            found='a list as in the CPSD repository',
            fix='give their names in the order of that file: read_partition(path, classes), or --classes coco, '
            '--classes nuswide or --classes FILE',
        )
    positions = [_positions(part, f'part {number}') for number, part in enumerate(parts)]
    known = {index for part in positions for index in part}
    if known and max(known) >= len(classes):
        raise PartitionError(
            'The file counts more labels than there are.',
            found=f'{len(known)} labels, of which the last has the number {max(known)}',
            expected=f'{len(classes)} labels, 0 to {len(classes) - 1}',
            fix='it belongs to another data set, as idx_coocurrence1_0.json of the CPSD repository does, which '
            'stands among those of COCO (80 labels) and has the 81 of NUS-WIDE; for the undivided task of COCO take '
            'idx_cluster1_0.json',
        )
    return Partition(tuple(tuple(classes[index] for index in part) for part in positions), tuple(classes), path.stem)


def _positions(part: Any, where: str) -> list[int]:
    """Positions of a part's labels among all labels, in the part's order."""
    if isinstance(part, Mapping):
        try:
            local = {int(index): place for index, place in part.items()}
        except (TypeError, ValueError):
            local = {}
        if len(local) != len(part) or sorted(map(repr, local.values())) != sorted(map(repr, range(len(part)))):
            raise PartitionError(
                'A part does not number its labels 0, 1, 2, ...',
                where=where,
                found=repr(part)[:120],
                expected='{"position among all labels": position in the part, ...}',
            )
        part = sorted(local, key=local.__getitem__)
    if not isinstance(part, list) or not all(type(index) is int and index >= 0 for index in part):
        raise PartitionError('A part is no list of labels.', where=where, found=repr(part)[:120])
    return part
