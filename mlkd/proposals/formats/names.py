"""What other tools call an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from mlkd.errors import ProposalError
from mlkd.proposals.image_catalogue import ImageRecord


def short_names(records: Sequence[ImageRecord]) -> list[str]:
    """File names without their ending, ``000012``; the keys, where two images have one name."""
    stems = [record.stem for record in records]
    return stems if len(set(stems)) == len(stems) else [record.key for record in records]


def last_two_parts(record: ImageRecord) -> str:
    """Folder and file name, ``JPEGImages/000012.jpg``: what MMDetection looks proposals up by."""
    return '/'.join(PurePath(record.path or record.key).parts[-2:])


def annotation_id(record: ImageRecord) -> int | str:
    """The id of the annotation; without one the number in a COCO file name, else the name without its ending."""
    if record.image_id is not None:
        return record.image_id
    numbered = record.number is not None and record.stem != str(record.number) and len(record.stem) >= 12
    return record.number if numbered and record.number is not None else record.stem


def number_or_name(record: ImageRecord) -> int | str:
    """A number where the annotation or the file name has one (VOC: 12 for ``000012``), else the name."""
    if isinstance(record.image_id, int):
        return record.image_id
    return record.stem if record.number is None else record.number


def check_distinct(names: Sequence[str | int], records: Sequence[ImageRecord], what: str) -> None:
    """Raise if a format would call two images the same.

    Raises:
        ProposalError: With both keys.
    """
    seen: dict[str | int, str] = {}
    for name, record in zip(names, records, strict=True):
        if name in seen:
            raise ProposalError(
                f'{what} cannot tell two images apart.',
                where=f'{seen[name]} and {record.key}',
                found=f'both are {name!r}',
                fix='convert them into a file each, or into a store',
            )
        seen[name] = record.key
