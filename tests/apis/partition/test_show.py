"""``mlkd partition show`` as its user calls it."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from mlkd.apis.cli import main
from mlkd.partition import LabelCounts, Partition, read_counts, write_counts, write_partition
from tests.partition.place_labels import place_labels


def call(*words: object) -> int:
    return main(['partition', *map(str, words)])


def test_show_draws(counts: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = write_partition(Partition.of(read_counts(counts), 'dgp', 2), tmp_path / 'a.json')
    out = tmp_path / 'a.png'
    assert call('show', path, '--counts', counts, '--out', out) == 0
    assert cv2.imread(str(out)).std() > 10
    printed = capsys.readouterr().out
    assert str(out) in printed
    assert 'Normalised cut' in printed
    assert 'other counts' not in printed
    half = write_counts(LabelCounts.of_labels(*place_labels(300), 'places'), tmp_path / 'half.json')
    assert call('show', path, '--counts', half, '--out', out) == 0
    assert 'made from other counts' in capsys.readouterr().out


def test_show_a_published_partition_without_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call('show', 'coco:dgp:5') == 0
    printed = capsys.readouterr().out
    assert 'coco DGP K = 5 (rho 0.3333)' in printed
    assert '--counts' in printed
    assert not list(tmp_path.iterdir())
    for name, text in (('coco:dgp:4', '2 or 3'), ('coco:dgp', 'coco:cgp:5'), ('none.json', 'no such')):
        assert call('show', name) == 1
        assert text in capsys.readouterr().err


def test_show_with_counts_of_other_labels(counts: Path, capsys: pytest.CaptureFixture) -> None:
    assert call('show', 'coco:cgp:5', '--counts', counts) == 1
    assert 'PartitionError' in capsys.readouterr().err
