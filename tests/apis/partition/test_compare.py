"""``mlkd partition compare`` as its user calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.apis.cli import main
from mlkd.console import console
from mlkd.partition import Partition, write_partition


def call(*words: object) -> int:
    return main(['partition', *map(str, words)])


def test_compare(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    published = Partition.published('coco', 'dgp', 5)
    assert call('compare', 'coco:dgp:5', write_partition(published, tmp_path / 'a.json')) == 0
    assert 'The parts are the same' in capsys.readouterr().out
    swap = {'mouse': 'oven', 'oven': 'mouse'}
    parts = tuple(tuple(swap.get(name, name) for name in part) for part in published.parts)
    path = write_partition(Partition(parts[::-1], published.classes), tmp_path / 'b.json')
    assert call('compare', 'coco:dgp:5', path) == 0
    printed = capsys.readouterr().out
    assert '2 of 80 labels moved: mouse, oven' in printed
    assert call('compare', 'coco:dgp:5', 'coco:dgp:3') == 0
    printed = capsys.readouterr().out
    assert 'Adjusted Rand index: 0.' in printed
    # Two parts of the first have no match; the person alone is one of them.
    assert '3 (1)     │ -' in printed
    assert call('compare', 'coco:dgp:5', 'nuswide:dgp:5') == 1


def write(path: Path, *parts: str, **facts: object) -> Path:
    split = tuple(tuple(part.split()) for part in parts)
    return write_partition(Partition(split, tuple(sorted(sum(split, ()))), **facts), path)  # type: ignore[arg-type]


def cells(printed: str) -> list[list[str]]:
    rows = [line for line in printed.splitlines() if line.startswith('│')]
    return [[cell.strip() for cell in row.strip('│').split('│')] for row in rows]


def test_each_part_beside_the_one_that_it_became(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, 'width', 160)
    first = write(tmp_path / 'a.json', 'cat dog emu', 'car bus', 'ship', graph='cgp')
    second = write(tmp_path / 'b.json', 'bus car emu', 'dog cat ship')
    assert call('compare', first, second) == 0
    printed = capsys.readouterr().out
    assert f'A: CGP K = 3   {first}\nB: K = 2   {second}\n' in printed
    assert cells(printed) == [
        ['0 (3)', '1 (3)', '2: cat, dog', 'emu', 'ship'],
        ['1 (2)', '0 (3)', '2: car, bus', '', 'emu'],
        ['2 (1)', '-', '', 'ship', ''],
    ]
    assert '2 of 6 labels moved: emu, ship' in printed
    assert call('compare', second, first) == 0
    assert cells(capsys.readouterr().out)[-1] == ['-', '2 (1)', '', '', 'ship']


def test_names_are_no_markup(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, 'width', 160)
    files = write(tmp_path / 'a.json', '[/b] c', 'd [red]'), write(tmp_path / 'b.json', '[/b] d', 'c [red]')
    assert call('compare', *files) == 0
    printed = capsys.readouterr().out
    assert '[/b]' in printed
    assert '[red]' in printed


@pytest.mark.parametrize(('name', 'text'), [('none.json', 'no such'), ('coco:cgp', 'coco:cgp:5')])
def test_what_is_no_partition(name: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call('compare', 'coco:cgp:5', name) == 1
    assert text in capsys.readouterr().err
