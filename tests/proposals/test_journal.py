from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mlkd.proposals.journal import Entry, Journal

BOXES = {'a.jpg': np.array([[0, 1, 2, 3], [4, 5, 6, 7.5]], np.float32), 'ü/b.jpg': np.zeros((0, 4), np.float32)}
SIZES = {'a.jpg': (20, 30), 'ü/b.jpg': (5, 6), 'c.jpg': (9, 9)}


def scores(count: int) -> np.ndarray:
    return np.linspace(1, 0.5, count, dtype=np.float32)


def written(folder: Path) -> Path:
    journal = Journal(folder)
    for key, boxes in {**BOXES, 'c.jpg': np.ones((1, 4), np.float32)}.items():
        journal.append(key, boxes, scores(len(boxes)), SIZES[key])
    journal.close()
    return folder


def test_what_was_appended_is_read_again_in_any_order(tmp_path: Path) -> None:
    journal = Journal(written(tmp_path))
    # 20 bytes for each box and its score.
    assert journal.entries == {'a.jpg': Entry(20, 30, 2, 0), 'ü/b.jpg': Entry(5, 6, 0, 40), 'c.jpg': Entry(9, 9, 1, 40)}
    found = dict(zip(('c.jpg', 'ü/b.jpg', 'a.jpg'), journal.read(['c.jpg', 'ü/b.jpg', 'a.jpg']), strict=True))
    assert found['a.jpg'] == (BOXES['a.jpg'].tobytes(), scores(2).tobytes())
    assert found['ü/b.jpg'] == (b'', b'')
    journal.append('d.jpg', BOXES['a.jpg'], scores(2), (1, 1))
    assert journal.entries['d.jpg'].offset == 60
    assert list(Journal(tmp_path).entries) == ['a.jpg', 'ü/b.jpg', 'c.jpg', 'd.jpg']


@pytest.mark.parametrize(
    ('name', 'cut', 'left'),
    [('journal.jsonl', 1, 2), ('journal.jsonl', 10, 2), ('data.bin', 1, 2), ('data.bin', 21, 0), ('data.bin', 60, 0)],
)
def test_what_is_cut_takes_all_that_follows_with_it(tmp_path: Path, name: str, cut: int, left: int) -> None:
    written(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[:-cut])
    journal = Journal(tmp_path)
    assert list(journal.entries) == list(SIZES)[:left]
    journal.append('new.jpg', np.ones((1, 4), np.float32), scores(1), (2, 2))
    journal.close()
    again = Journal(tmp_path)
    assert list(again.entries) == [*list(SIZES)[:left], 'new.jpg']
    assert next(again.read(['new.jpg'])) == (np.ones(4, '<f4').tobytes(), scores(1).tobytes())


@pytest.mark.parametrize(
    'line', [b'no json\n', b'3\n', b'["c.jpg", 1, 1, "x", 0]\n', b'["c.jpg", 1, 1, 1, 7]\n', b'[]\n']
)
def test_a_line_that_says_something_else_is_the_end(tmp_path: Path, line: bytes) -> None:
    lines = (written(tmp_path) / 'journal.jsonl').read_bytes().splitlines(keepends=True)
    (tmp_path / 'journal.jsonl').write_bytes(b''.join([*lines[:2], line, lines[2]]))
    assert list(Journal(tmp_path).entries) == list(SIZES)[:2]
    assert (tmp_path / 'journal.jsonl').read_bytes() == b''.join(lines[:2])
    assert (tmp_path / 'data.bin').stat().st_size == 40


def test_an_index_line_is_json(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (written(tmp_path) / 'journal.jsonl').read_text().splitlines()]
    assert [row[:4] for row in rows] == [['a.jpg', 20, 30, 2], ['ü/b.jpg', 5, 6, 0], ['c.jpg', 9, 9, 1]]
