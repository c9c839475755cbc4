"""``mlkd partition convert`` as its user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlkd.apis.cli import main
from mlkd.partition import Partition, published_order, read_partition


def call(*words: object) -> int:
    return main(['partition', *map(str, words)])


def test_convert_to_the_reference_and_back(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    there, back = tmp_path / 'nus_coocurrence5_0.json', tmp_path / 'back.json'
    assert call('convert', 'nuswide:cgp:5', '--reference', '--out', there) == 0
    rows = json.loads(there.read_text())
    assert [len(row) for row in rows] == [21, 31, 4, 8, 17]
    assert call('convert', there, '--out', back) == 1
    assert '--classes coco' in capsys.readouterr().err
    assert call('convert', there, '--classes', 'nuswide', '--out', back) == 0
    assert read_partition(back).parts == Partition.published('nuswide', 'cgp', 5).parts
    assert call('convert', there, '--classes', 'coco', '--out', tmp_path / 'c.json') == 1
    assert 'another data set' in capsys.readouterr().err
    (tmp_path / 'order.txt').write_text('\n'.join(reversed(published_order('nuswide'))))
    words = ['convert', there, '--classes', 'nuswide', '--order', tmp_path / 'order.txt', '--reference']
    assert call(*words, '--out', tmp_path / 'd.json') == 0
    turned = json.loads((tmp_path / 'd.json').read_text())
    assert [[80 - int(index) for index in row] for row in turned] == [list(map(int, row)) for row in rows]
