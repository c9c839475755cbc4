"""Files of rows: added, found again, damaged."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from mlkd.distillers.logit_file import KEY, LogitFile

KEYS = [bytes([number]) * KEY for number in range(4)]
ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)


def filled(path: Path) -> LogitFile:
    file = LogitFile(path, 3)
    for key, row in zip(KEYS, ROWS, strict=True):
        file.add(key, row)
    return file


def found(path: Path) -> dict[bytes, list[float]]:
    return {key: row.tolist() for key, row in LogitFile(path, 3).rows.items()}


def test_rows_come_back(tmp_path: Path) -> None:
    path = tmp_path / 'new' / 'a.logits'
    assert not LogitFile(path, 3).rows
    assert not path.parent.exists()
    own = filled(path)
    expected = {key: row.tolist() for key, row in zip(KEYS, ROWS, strict=True)}
    assert {key: row.tolist() for key, row in own.rows.items()} == expected
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert found(path) == expected


def test_two_runs_at_a_time(tmp_path: Path) -> None:
    one, other = LogitFile(tmp_path / 'a', 3), LogitFile(tmp_path / 'a', 3)
    for turn, (key, row) in enumerate(zip(KEYS, ROWS, strict=True)):
        (one, other)[turn % 2].add(key, row)
    assert set(found(tmp_path / 'a')) == set(KEYS)


@pytest.mark.parametrize('cut', [1, 10, 31, 40])
def test_a_record_that_was_cut(tmp_path: Path, cut: int) -> None:
    filled(tmp_path / 'a')
    content = (tmp_path / 'a').read_bytes()
    (tmp_path / 'a').write_bytes(content[:-cut])
    with pytest.warns(UserWarning, match='damaged'):
        file = LogitFile(tmp_path / 'a', 3)
    left = set(file.rows)
    assert left == set(KEYS[: 3 if cut < 32 else 2])
    # What is added behind it is found again.
    file.add(KEYS[3], ROWS[3])
    assert set(found(tmp_path / 'a')) == left | {KEYS[3]}


def test_a_flipped_bit(tmp_path: Path) -> None:
    filled(tmp_path / 'a')
    content = bytearray((tmp_path / 'a').read_bytes())
    content[40] ^= 1
    (tmp_path / 'a').write_bytes(bytes(content))
    with pytest.warns(UserWarning, match='1 damaged'):
        assert set(found(tmp_path / 'a')) == {KEYS[0], KEYS[2], KEYS[3]}
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert len(found(tmp_path / 'a')) == 3


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.warns(UserWarning, match='cannot be kept') as caught:
        file = filled(tmp_path / 'file' / 'a')
    assert len(caught) == 1
    assert len(file.rows) == 4
