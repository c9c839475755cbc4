"""``proposals stats``: a table with a column for each store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlkd.apis.cli import main
from mlkd.apis.proposals.stats import statistics_table
from mlkd.proposals.statistics import store_statistics
from tests.proposals.raw_store import write_raw


def test_numbers_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = {'a': ([[0, 0, 10, 10], [0, 0, 100, 50]], [0.75, 0.5], (50, 100)), 'b': ([], [], (50, 100))}
    one = write_raw(tmp_path / 'one.mlkd', images)
    two = write_raw(tmp_path / 'two.mlkd', {'a': ([[0, 0, 9, 9]], None, (50, 100))})
    out = tmp_path / 'stats.json'
    assert (
        main(['proposals', 'stats', *map(str, (one.path, two.path, '--json', out, '--png', tmp_path / 's.png'))]) == 0
    )
    assert (tmp_path / 's.png').read_bytes().startswith(b'\x89PNG')
    found = json.loads(out.read_text())
    assert found['one'] == store_statistics(one)
    table = statistics_table(found)
    rows = {row[0]: row[1:] for row in table.rows}
    assert table.columns == ('', 'one', 'two')
    assert rows['generator'] == ('ByHand', 'ByHand')
    assert rows['per image: median'] == ('1', '1')
    assert rows['area, % of image: 1 to 3'] == ('50.0 %', '100.0 %')
    assert rows['width / height: 2 to 4'] == ('50.0 %', '0.0 %')
    assert rows['width / height: over 4'] == ('0.0 %', '0.0 %')
    assert rows['scores'] == ('0.5 to 0.75', '1.0')
    assert rows['sides'] == ('10.0 to 100.0 px', '9.0 to 9.0 px')
    assert 'Proposals' in capsys.readouterr().out


def test_a_store_without_boxes(tmp_path: Path) -> None:
    empty = write_raw(tmp_path / 'empty.mlkd', {'a': ([], [], (50, 100))})
    rows = {row[0]: row[1] for row in statistics_table({'empty': store_statistics(empty)}).rows}
    assert rows['boxes'] == '0'
    assert not {'scores', 'sides'} & set(rows)


def test_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['proposals', 'stats', str(tmp_path / 'none.mlkd')]) == 1
    assert 'no proposal store' in capsys.readouterr().err
