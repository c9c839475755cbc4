"""The text list: reading, writing, padding, and what is wrong in which line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlkd.errors import DataError, ProposalError
from mlkd.proposals.formats.datalist import DatalistEntry, read_datalist, read_line, to_frame, write_datalist

LINE = 'a/b.jpg 1 0 10 20 30 40 0.5 0 0 671 671 0.25'


def write(path: Path, *lines: str) -> Path:
    path.write_bytes(''.join(f'{line}\n' for line in lines).encode())
    return path


def entry(boxes: list[list[float]], scores: list[float], label: tuple[int, ...] = (1, 0), name: str = 'x.jpg'):
    return DatalistEntry(
        name, np.array(label, np.int8), np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32)
    )


def test_read(tmp_path: Path) -> None:
    (found,) = read_datalist(write(tmp_path / 'l.txt', LINE), 2, 2)
    assert found.image_path == 'a/b.jpg'
    assert found.label.tolist() == [1, 0]
    assert found.bboxes.tolist() == [[10, 20, 30, 40], [0, 0, 671, 671]]
    assert found.scores.tolist() == [0.5, 0.25]


def test_spaces_and_empty_lines(tmp_path: Path) -> None:
    path = write(tmp_path / 'l.txt', '', LINE.replace(' ', '   '), '   ', f'  {LINE} ', '')
    path.write_bytes(path.read_bytes() + LINE.encode() + b'\r\n')
    assert [one.scores.tolist() for one in read_datalist(path, 2, 2)] == [[0.5, 0.25]] * 3
    offsets = [one.offset for one in read_datalist(path, 2, 2)]
    for offset in offsets:
        assert read_line(path, offset, 2, 2).bboxes.tolist() == [[10, 20, 30, 40], [0, 0, 671, 671]]


def test_a_byte_order_mark_is_no_part_of_the_first_path(tmp_path: Path) -> None:
    path = write(tmp_path / 'l.txt', '\ufeff' + LINE, LINE)
    first, second = read_datalist(path, 2, 2)
    assert (first.image_path, second.image_path) == ('a/b.jpg', 'a/b.jpg')
    assert read_line(path, first.offset, 2, 2).image_path == 'a/b.jpg'
    assert read_line(path, second.offset, 2, 2).scores.tolist() == [0.5, 0.25]


def test_lines_that_are_wrong_can_be_gathered(tmp_path: Path) -> None:
    path, errors = write(tmp_path / 'l.txt', LINE + ' 7', LINE, 'x', LINE), []
    assert len(list(read_datalist(path, 2, 2, errors.append))) == 2
    assert [error.where for error in errors] == [f'{path}:1', f'{path}:3']


def test_box_up_to_the_border_ends_at_the_last_pixel(tmp_path: Path) -> None:
    (found,) = read_datalist(write(tmp_path / 'l.txt', LINE.replace('671 671', '672 672')), 2, 2)
    assert found.bboxes[1].tolist() == [0, 0, 671, 671]
    write_datalist(tmp_path / 'w.txt', [entry([[0, 0, 672, 672]], [1])], 1)
    assert (tmp_path / 'w.txt').read_text() == 'x.jpg 1 0 0 0 671 671 1\n'


@pytest.mark.parametrize(
    ('line', 'what', 'found'),
    [
        (LINE.rsplit(' ', 1)[0], 'too few tokens', '12 tokens'),
        (LINE + ' 7', 'too many tokens', '14 tokens'),
        (LINE.replace('30', 'x30'), 'no number', "'x30' as token 6"),
        (LINE.replace('0.5', 'nan'), 'no number', "'nan' as token 8"),
        (LINE.replace('0.5', '1e999'), 'no number', "'1e999' as token 8"),
        (LINE.replace('0.5', '-1e39'), 'no number', "'-1e39' as token 8"),
        (LINE.replace(' 1 0 ', '\t1 0 '), 'too few tokens', '12 tokens'),
        (LINE.replace('1 0 10', '1\t0 10'), 'no number', r"'1\t0' as token 2"),
        (LINE.replace(' 1 0 ', ' 2 0 '), 'label is not 0 or 1', '2 as label 1'),
        (LINE.replace(' 1 0 ', ' 1 -1 '), 'label is not 0 or 1', '-1 as label 2'),
        (LINE.replace('10 20 30 40', '30 20 10 40'), 'empty or leaves', '[30.0, 20.0, 10.0, 40.0] as box 1'),
        (LINE.replace('671 671', '671 700'), 'empty or leaves', '[0.0, 0.0, 671.0, 700.0] as box 2'),
        (LINE.replace('0 0 671 671', '672 0 672 671'), 'empty or leaves', '[672.0, 0.0, 672.0, 671.0] as box 2'),
        (LINE.replace('10 20', '10\v20'), 'no number', r"'10\x0b20' as token 4"),
        (LINE.replace('10 20', '-1 20'), 'empty or leaves', '[-1.0, 20.0, 30.0, 40.0] as box 1'),
        (f'my {LINE}', 'no number', "'a/b.jpg' as token 2"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, line: str, what: str, found: str) -> None:
    path = write(tmp_path / 'l.txt', LINE, '', line)
    with pytest.raises(DataError, match=what) as caught:
        list(read_datalist(path, 2, 2))
    assert caught.value.where == f'{path}:3'
    assert caught.value.found == found


@pytest.mark.parametrize('line', [LINE.replace(' ', '\t'), LINE.replace('1 0 10', '1\t0 10'), f'{LINE}\r{LINE}'])
def test_errors_over_tabs_and_line_ends_say_so(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError) as caught:
        list(read_datalist(write(tmp_path / 'l.txt', line), 2, 2))
    assert caught.value.fix == 'separate fields by spaces, not tabs, and lines by line feeds'


def test_expected_count_is_that_of_the_specification(tmp_path: Path) -> None:
    """COCO, NUS-WIDE and VOC with 500 boxes: 2,581, 2,582 and 2,521 tokens."""
    for classes, tokens in ((80, 2581), (81, 2582), (20, 2521)):
        with pytest.raises(DataError) as caught:
            list(read_datalist(write(tmp_path / 'l.txt', LINE), classes, 500))
        assert caught.value.expected.startswith(f'{tokens}: ')
        write_datalist(tmp_path / 'w.txt', [entry([[0, 0, 9, 9]], [1], (0,) * classes)], 500)
        assert len((tmp_path / 'w.txt').read_text().split()) == tokens


def test_padding(tmp_path: Path) -> None:
    rows = '10 20 30 40 0.5 ' + '1 2 3 4 0.25 ' + '1 2 3 4 0 ' * 3
    (found,) = read_datalist(write(tmp_path / 'l.txt', f'x 1 0 {rows}'), 2, 5)
    assert found.scores.tolist() == [0.5, 0.25]
    # Neither another box, nor a repeated one with a score, nor one before the end is padding.
    rows = '1 2 3 4 0.5 ' + '1 2 3 4 0 ' + '5 5 9 9 0 ' + '5 5 9 9 0.1 '
    (found,) = read_datalist(write(tmp_path / 'l.txt', f'x 1 0 {rows}'), 2, 4)
    assert len(found.scores) == 4
    (found,) = read_datalist(write(tmp_path / 'l.txt', 'x 1 0 ' + '1 2 3 4 0 ' * 4), 2, 4)
    assert found.bboxes.tolist() == [[1, 2, 3, 4]]


def test_round_trip(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    written = []
    for index in range(20):
        corners = np.sort(rng.integers(0, 672, (index % 7 + 1, 2, 2)), axis=1).reshape(-1, 4)
        scores = np.sort(rng.random(len(corners)))[::-1]
        written.append(entry(corners.tolist(), scores.tolist(), tuple(rng.integers(0, 2, 3)), f'd/{index}.jpg'))
    assert write_datalist(tmp_path / 'l.txt', written, 7) == 20
    lines = (tmp_path / 'l.txt').read_text().splitlines()
    assert {line.count(' ') for line in lines} == {3 + 5 * 7}
    for one, other in zip(written, read_datalist(tmp_path / 'l.txt', 3, 7), strict=True):
        assert one.image_path == other.image_path
        for name in ('label', 'bboxes', 'scores'):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_written_text(tmp_path: Path) -> None:
    write_datalist(tmp_path / 'l.txt', [entry([[1.9, 2, 3, 4.2], [5, 6, 7, 8]], [0.5, 0.125])], 3)
    assert (tmp_path / 'l.txt').read_text() == 'x.jpg 1 0 1 2 3 4 0.5 5 6 7 8 0.125 5 6 7 8 0\n'
    write_datalist(tmp_path / 'l.txt', [entry([[1, 2, 3, 4], [5, 6, 7, 8]], [0.5, 0.125])], 1)
    assert (tmp_path / 'l.txt').read_text() == 'x.jpg 1 0 1 2 3 4 0.5\n'


@pytest.mark.parametrize(
    ('wrong', 'kind', 'what'),
    [
        (entry([[0, 0, 5, 5]], [1], name='my photo.jpg'), DataError, 'a space'),
        (entry([[0, 0, 5, 5]], [1], (1, -1)), DataError, '0 and 1 only'),
        (entry([], []), ProposalError, 'without boxes'),
        (entry([[0, 0, 900, 5]], [1]), ProposalError, 'leaves the frame'),
    ],
)
def test_what_the_format_cannot_hold(tmp_path: Path, wrong: DatalistEntry, kind: type, what: str) -> None:
    with pytest.raises(kind, match=what):
        write_datalist(tmp_path / 'l.txt', [wrong], 2)
    assert not (tmp_path / 'l.txt').exists()


def test_to_frame() -> None:
    boxes = to_frame(np.array([[0, 0, 500, 375], [100, 50, 250, 187.5], [-3, 2, 499, 374]]), (375, 500))
    np.testing.assert_array_equal(boxes, [[0, 0, 671, 671], [134, 89, 336, 336], [0, 3, 670, 670]])


def test_to_frame_truncates_no_whole_number() -> None:
    """Against integers: among these are 45 of 60 pixels, which is 504 of 672 and no digit less."""
    for width in range(1, 400):
        x = np.arange(width + 1)
        whole = np.minimum(x * 672 // width, 671)
        found = to_frame(np.stack([x, 0 * x, x, 0 * x], axis=1), (7, width))
        np.testing.assert_array_equal(found[:, [0, 2]], np.stack([whole, whole], axis=1))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='cannot be read'):
        list(read_datalist(tmp_path / 'none.txt', 1, 1))
