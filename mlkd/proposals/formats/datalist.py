"""The text format of the reference implementation: one image per line, its labels, its boxes with scores.

``<image_path> <y_1> ... <y_K> <xmin_1> <ymin_1> <xmax_1> <ymax_1> <score_1> ... <score_R>`` (README and layer
``human_att_data_layer`` of the reference implementation). K and R are the same for all lines and not in the file. Boxes
are whole pixels, zero-based, of the image after it was warped to 672 x 672.
"""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlkd.errors import DataError, ProposalError
from mlkd.fileio import atomic_write

#: (height, width) of the image that boxes are in pixels of.
FRAME = (672, 672)
#: Numbers per box: four corners and a score.
_PER_BOX = 5
_NUMBER = re.compile(rb'[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?')
#: White space that separates nothing.
_NO_SPACE = re.compile(rb'[\t\v\f\r]')
#: Of float32, which scores are kept in.
_LARGEST = float(np.finfo(np.float32).max)
_SEPARATE = 'separate fields by spaces, not tabs, and lines by line feeds'


@dataclass(frozen=True)
class DatalistEntry:
    """One line.

    Attributes:
        image_path: As written; the root folder is put before it as it is, without a separator.
        label: int8 (K,), 0 or 1.
        bboxes: float32 (R, 4), xmin, ymin, xmax, ymax in pixels of :data:`FRAME`, without the padding.
        scores: float32 (R,).
        offset: Where the line begins, in bytes from the start of the file.
    """

    image_path: str
    label: np.ndarray
    bboxes: np.ndarray
    scores: np.ndarray
    offset: int = 0


def _fail(error: DataError) -> None:
    raise error


def read_datalist(
    path: str | Path, num_classes: int, num_proposals: int, on_error: Callable[[DataError], None] = _fail
) -> Iterator[DatalistEntry]:
    """Read a file line by line; empty lines are skipped, and so is a byte order mark.

    Args:
        path: The file.
        num_classes: K.
        num_proposals: R, boxes per line, padding included.
        on_error: Called with what is wrong with a line, which is left out if this returns.

    Raises:
        DataError: With file and line, if a line has not 1 + K + 5 R tokens, or a token is no number, a label not 0 or
            1, or a box not within the frame.
    """
    try:
        with open(path, 'rb') as file:
            offset = 0
            for number, line in enumerate(file, 1):
                mark = len(codecs.BOM_UTF8) if number == 1 and line.startswith(codecs.BOM_UTF8) else 0
                text = line[mark:].rstrip(b'\r\n')
                if text.strip(b' '):
                    try:
                        entry = parse_line(text, num_classes, num_proposals, f'{path}:{number}', offset + mark)
                    except DataError as error:
                        on_error(error)
                    else:
                        yield entry
                offset += len(line)
    except OSError as error:
        raise DataError(
            'The datalist cannot be read.', where=path, found=error.strerror, fix='check the path'
        ) from error


def read_line(path: str | Path, offset: int, num_classes: int, num_proposals: int) -> DatalistEntry:
    """Read the line that begins at a byte of the file (``DatalistEntry.offset``)."""
    with open(path, 'rb') as file:
        file.seek(offset)
        line = file.readline().rstrip(b'\r\n')
    return parse_line(line, num_classes, num_proposals, f'{path}, byte {offset}', offset)


def parse_line(line: bytes, num_classes: int, num_proposals: int, where: str, offset: int = 0) -> DatalistEntry:
    """Take a line apart; repeated spaces count as one, a tab separates nothing.

    Args:
        line: Without its end.
        num_classes: K.
        num_proposals: R.
        where: File and line, for errors.
        offset: Where the line begins in the file.

    Raises:
        DataError: See :func:`read_datalist`.
    """
    name, _, rest = line.strip(b' ').partition(b' ')
    values = _numbers(rest)
    expected = num_classes + _PER_BOX * num_proposals
    if values is None or len(values) != expected:
        raise _bad_tokens(name, rest, values, num_classes, num_proposals, where)
    label, rows = values[:num_classes], values[num_classes:].reshape(num_proposals, _PER_BOX)
    if not ((label == 0) | (label == 1)).all():
        wrong = int(np.flatnonzero((label != 0) & (label != 1))[0])
        raise DataError('A label is not 0 or 1.', where=where, found=f'{label[wrong]:g} as label {wrong + 1}')
    _check_rows(rows, where)
    rows = _without_padding(_clipped(rows))
    try:
        image_path = name.decode()
    except UnicodeDecodeError as error:
        raise DataError('The path of an image is not UTF-8.', where=where, found=name) from error
    bboxes, scores = rows[:, :4].astype(np.float32), rows[:, 4].astype(np.float32)
    return DatalistEntry(image_path, label.astype(np.int8), bboxes, scores, offset)


def write_datalist(path: str | Path, entries: Iterable[DatalistEntry], num_proposals: int) -> int:
    """Write a file; the first R boxes of each image, or all and then the last again with score 0.

    Args:
        path: The file; written at once when all is there.
        entries: Boxes best first, in pixels of :data:`FRAME` (:func:`to_frame`); corners are truncated to integers.
        num_proposals: R, boxes per line.

    Returns:
        Number of lines.

    Raises:
        DataError: If a path holds a space or a label is not 0 or 1, which the format cannot say.
        ProposalError: If an image has no box, or one outside the frame.
    """
    count = 0
    with atomic_write(path) as file:
        for entry in entries:
            file.write(_line(entry, num_proposals) + '\n')
            count += 1
    return count


def to_frame(bboxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Boxes of an image as the format has them: x' = 672 x / width, truncated, clipped to 0..671.

    Args:
        bboxes: (R, 4), xyxy, zero-based pixels of the image.
        size: (height, width) of the image.

    Returns:
        float32 (R, 4), whole numbers.
    """
    height, width = size
    sides = np.array([FRAME[1], FRAME[0]] * 2)
    # Divided last: times 672 / 60, pixel 45 would be a last digit short of 504, and 503 when that is truncated.
    scaled = np.asarray(bboxes, np.float64) * sides / np.array([width, height] * 2)
    return np.clip(np.trunc(scaled), 0, sides - 1).astype(np.float32)


def _numbers(text: bytes) -> np.ndarray | None:
    """Numbers of float32 separated by spaces; None if something else is among them."""
    if _NO_SPACE.search(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        try:
            values = np.fromstring(text, sep=' ')  # type: ignore[call-overload]
        except (DeprecationWarning, ValueError):
            return None
    return values if (np.abs(values) <= _LARGEST).all() else None


def _is_number(token: bytes) -> bool:
    return _NUMBER.fullmatch(token) is not None and abs(float(token)) <= _LARGEST


def _bad_tokens(
    name: bytes, rest: bytes, values: np.ndarray | None, num_classes: int, num_proposals: int, where: str
) -> DataError:
    tokens = [token for token in rest.split(b' ') if token]
    position, wrong = next(((i, t) for i, t in enumerate(tokens, 2) if not _is_number(t)), (0, b''))
    if values is None and wrong:
        hint = _SEPARATE if _NO_SPACE.search(wrong) else 'a path cannot hold a space; mend the line'
        return DataError(
            'A token of the datalist is no number.',
            where=where,
            found=f'{wrong.decode(errors="replace")!r} as token {position}',
            expected='a finite number of float32',
            fix=hint,
        )
    return DataError(
        f'A line of the datalist has too {"few" if len(tokens) < num_classes + 5 * num_proposals else "many"} tokens.',
        where=where,
        found=f'{len(tokens) + 1} tokens',
        expected=f'{1 + num_classes + _PER_BOX * num_proposals}: 1 path, {num_classes} labels, '
        f'{num_proposals} boxes of {_PER_BOX} numbers',
        fix=_SEPARATE
        if _NO_SPACE.search(name)
        else 'set the number of classes (metainfo) and num_proposals to those of the file, or mend the line',
    )


def _check_rows(rows: np.ndarray, where: str) -> None:
    x1, y1, x2, y2 = rows[:, :4].T
    # xmax is the last pixel of the box: one of a single pixel has xmin = xmax.
    wrong = (x1 < 0) | (y1 < 0) | (x2 < x1) | (y2 < y1) | (x2 > FRAME[1]) | (y2 > FRAME[0])
    wrong |= (x1 >= FRAME[1]) | (y1 >= FRAME[0])
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            'A box of the datalist is empty or leaves the frame.',
            where=where,
            found=f'{rows[row, :4].tolist()} as box {row + 1}',
            expected=f'0 <= xmin <= xmax < {FRAME[1]} and the same for y: pixels of the image warped to 672 x 672',
        )


def _clipped(rows: np.ndarray) -> np.ndarray:
    """Boxes up to the border of the frame end at its last pixel; without clipping they end one behind."""
    rows[:, 2:4] = np.minimum(rows[:, 2:4], [FRAME[1] - 1, FRAME[0] - 1])
    return rows


def _without_padding(rows: np.ndarray) -> np.ndarray:
    """Rows without those at the end that repeat the box before them and have score 0."""
    count = len(rows)
    while count > 1 and rows[count - 1, 4] == 0 and (rows[count - 1, :4] == rows[count - 2, :4]).all():
        count -= 1
    return rows[:count]


def _line(entry: DatalistEntry, num_proposals: int) -> str:
    if not entry.image_path or any(character.isspace() for character in entry.image_path):
        raise DataError('The format cannot hold a path with a space.', found=repr(entry.image_path), fix='rename it')
    if not np.isin(entry.label, (0, 1)).all():
        raise DataError(
            'The format knows the labels 0 and 1 only.',
            where=entry.image_path,
            found=sorted(set(np.asarray(entry.label).tolist())),
            fix='-1 is what is to be ignored, such as difficult objects of VOC: say what they count as, '
            '--cfg-options train_dataloader.dataset.difficult=absent (or present; test_dataloader for its images)',
        )
    rows = np.concatenate([np.trunc(entry.bboxes[:num_proposals]), entry.scores[:num_proposals, None]], axis=1)
    if num_proposals and not len(rows):
        fix = 'give it one that covers the whole image'
        raise ProposalError('The format cannot hold an image without boxes.', where=entry.image_path, fix=fix)
    try:
        _check_rows(rows, entry.image_path)
    except DataError as error:
        raise ProposalError(error.what, where=error.where, found=error.found, expected=error.expected) from error
    numbers = [([int(corner) for corner in row[:4]], np.float32(row[4])) for row in _clipped(rows)]
    boxes = [f'{" ".join(map(str, corners))} {score:.9g}' for corners, score in numbers]
    if boxes:
        boxes += [boxes[-1].rpartition(' ')[0] + ' 0'] * (num_proposals - len(boxes))
    return ' '.join([entry.image_path, *(str(int(value)) for value in entry.label), *boxes])
