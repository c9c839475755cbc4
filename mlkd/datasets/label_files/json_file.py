"""Files of labels in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlkd.datasets.label_files.listing import (
    FILE_NAMES,
    LABEL_NAMES,
    SPLIT_NAMES,
    ListedPhoto,
    Listing,
    clean,
    named_labels,
    raise_if_any,
    split_name,
)
from mlkd.errors import DataError

_FORMS = '{"a.jpg": ["cat", "dog"]}, {"a.jpg": {"cat": 1, "dog": 0}} or [{"file": "a.jpg", "labels": ["cat"]}]'


class _Pairs(list):
    """An object of JSON as it stands: a key that is there twice is not lost."""

    def get(self, names: tuple[str, ...]) -> Any:
        """The value of the first of these keys that is there; None without."""
        return next((value for key, value in self if key.lower() in names), None)


def read_json(path: Path, text: str) -> Listing:
    """Read labels in JSON: by photo, or a list of photos.

    Args:
        path: The file, for messages.
        text: Its content.

    Raises:
        DataError: If it is no JSON, or not of labels; names the line or the photo.
    """
    try:
        content = json.loads(text, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        raise DataError(
            'The file of labels is no JSON.',
            where=f'{path}, line {error.lineno}',
            found=f'{error.msg}: {_line(text, error.lineno)}',
            expected=_FORMS,
            fix='mend this line; a comma, a quote or a bracket may be missing there or just before',
        ) from error
    except (RecursionError, ValueError) as error:
        # Brackets, or a number, without end.
        raise DataError('The file of labels is no list of labels.', where=path, expected=_FORMS) from error
    photos, wrong = [], []
    for where, name, value in _entries(path, content):
        photo = _photo(where, name, value)
        if isinstance(photo, ListedPhoto):
            photos.append(photo)
        else:
            wrong.append(f'{where}: {photo}')
    raise_if_any(wrong, 'Entries are not as they should be.', path, _FORMS, 'mend these entries')
    if not photos:
        raise DataError('The file of labels is empty.', where=path, expected=_FORMS)
    return Listing(path, photos, 'JSON, ' + ('by photo' if isinstance(content, _Pairs) else 'a list of photos'))


def _entries(path: Path, content: Any) -> Iterator[tuple[str, Any, Any]]:
    """Place, name and value of each photo."""
    if isinstance(content, _Pairs):
        keys = {key for key, _ in content}
        if {'images', 'annotations'} <= keys:
            raise DataError(
                "The file is in COCO's format.",
                where=path,
                expected=_FORMS,
                fix='use the data set CocoMultiLabel with ann_file and data_prefix',
            )
        for number, (key, value) in enumerate(content, 1):
            yield f'entry {number}', key, value
    elif isinstance(content, list):
        for number, value in enumerate(content, 1):
            yield f'entry {number}', value.get(FILE_NAMES) if isinstance(value, _Pairs) else None, value
    else:
        raise DataError('The file holds no labels.', where=path, found=type(content).__name__, expected=_FORMS)


def _photo(where: str, name: Any, value: Any) -> ListedPhoto | str:
    """A photo, or what is wrong with its entry."""
    if not isinstance(name, str) or not name.strip():
        return f'no name of a file in {_shown(value)}'
    split = None
    record = isinstance(value, _Pairs) and value.get(LABEL_NAMES) is not None
    if isinstance(value, _Pairs) and (record or value.get(FILE_NAMES) is not None):
        split, value = value.get(SPLIT_NAMES), value.get(LABEL_NAMES)
        if not isinstance(split, (str, type(None))):
            return f'split {_shown(split)}'
    found = _labels(value)
    if found is None:
        return f'{name}: {_shown(value)}'
    return ListedPhoto(name, where, *found, split_name(split or ''))


def _labels(value: Any) -> tuple[dict[str, int], int | None] | None:
    """Labels and what others are; None where the value says none."""
    if value is None:
        return {}, -1
    if isinstance(value, _Pairs):
        labels: dict[str, int] = {}
        for name, said in value:
            number = -1 if said is None else said
            if number not in (-1, 0, 1) or labels.get(clean(name), number) != number:
                return None
            labels[clean(name)] = int(number)
        return (labels, None) if all(labels) else None
    names = [value] if isinstance(value, (str, int)) else value
    if not isinstance(names, list) or not all(isinstance(x, (str, int)) and not isinstance(x, bool) for x in names):
        return None
    return named_labels(map(str, names))


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1].strip()[:80] if number <= len(lines) else 'the end of the file'


def _shown(value: Any) -> str:
    plain = dict(value) if isinstance(value, _Pairs) else value
    return repr(dict(plain) if isinstance(plain, Mapping) else plain)[:80]
