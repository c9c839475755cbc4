"""What boxes must be like to be stored."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mlkd.errors import ProposalError, did_you_mean

#: Among more keys than this, only those are compared by spelling that begin alike.
_MANY = 2000


def check_key(key: str) -> None:
    """Raise unless ``key`` is a relative path that a store can hold.

    Raises:
        ProposalError: If it is empty, absolute or holds a zero byte.
    """
    if not isinstance(key, str) or not key or key.startswith('/') or '\0' in key:
        raise ProposalError(
            'This cannot be the key of an image.', found=repr(key), expected="a relative path with '/', a/b.jpg"
        )


def check_boxes(key: str, bboxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> None:
    """Raise unless all boxes of an image lie in it and have an area.

    Args:
        key: The image, for the message.
        bboxes: (R, 4), xyxy pixels.
        scores: (R,).
        size: (height, width) of the image.

    Raises:
        ProposalError: With the first row that is wrong, and how many are.
    """
    height, width = size
    if bboxes.ndim != 2 or bboxes.shape[1:] != (4,) or scores.shape != bboxes.shape[:1]:
        raise ProposalError(
            'Boxes or scores have a wrong shape.',
            where=key,
            found=f'boxes {bboxes.shape}, scores {scores.shape}',
            expected='boxes (R, 4), scores (R,)',
        )
    if height < 1 or width < 1:
        raise ProposalError('An image has no pixels.', where=key, found=f'height {height}, width {width}')
    x1, y1, x2, y2 = bboxes.T
    finite = np.isfinite(bboxes).all(1)
    wrong = {
        'A box is not finite.': ~finite,
        'A score is not finite.': ~np.isfinite(scores),
        'A box has no area.': finite & ((x2 <= x1) | (y2 <= y1)),
        'A box leaves its image.': finite & ((x1 < 0) | (y1 < 0) | (x2 > width) | (y2 > height)),
    }
    for what, rows in wrong.items():
        if rows.any():
            row = int(rows.argmax())
            raise ProposalError(
                what,
                where=f'{key}, row {row} ({int(rows.sum())} of {len(rows)} rows)',
                found=f'xyxy {bboxes[row].tolist()}, score {scores[row]}',
                expected=f'0 <= x1 < x2 <= {width} and 0 <= y1 < y2 <= {height} (pixels, x2 and y2 exclusive)',
                fix='clip the boxes to the image and drop those without area; look for swapped axes or sizes',
            )


def repeated_keys(keys: Iterable[str]) -> list[str]:
    """Keys that are there again, each time that they are."""
    seen: set[str] = set()
    again = []
    for key in keys:
        if key in seen:
            again.append(key)
        seen.add(key)
    return again


def near_keys(key: str, keys: Iterable[str]) -> str:
    """A clause that names a key of the same file name, or else keys that are spelt like ``key``; ``''`` for none."""
    keys = list(keys)
    for part in (_name, _path, _stem):
        found = next((other for other in keys if part(other) == part(key)), None)
        if found is not None:
            return f'did you mean {found}?'
    if len(keys) > _MANY:
        place = bisect_left(keys := sorted(keys), key)
        keys = keys[max(0, place - _MANY // 2) : place + _MANY // 2]
    return did_you_mean(key, keys)


def differing(found: Any, expected: Any) -> tuple[Any, Any]:
    """Of two headers, or parts of them, what is not the same in both; for messages.

    >>> differing({'type': 'A', 'settings': {'n': 1, 'm': 2}}, {'type': 'A', 'settings': {'n': 3, 'm': 2}})
    ({'settings': {'n': 1}}, {'settings': {'n': 3}})
    """
    if not isinstance(found, Mapping) or not isinstance(expected, Mapping):
        return found, expected
    first, second = {}, {}
    for key in dict.fromkeys([*found, *expected]):
        if key not in found:
            second[key] = expected[key]
        elif key not in expected:
            first[key] = found[key]
        elif found[key] != expected[key]:
            first[key], second[key] = differing(found[key], expected[key])
    return first, second


def _name(key: str) -> str:
    return key.rsplit('/', 1)[-1]


def _path(key: str) -> str:
    return key.removesuffix(_name(key)) + _stem(key)


def _stem(key: str) -> str:
    return _name(key).rsplit('.', 1)[0]
