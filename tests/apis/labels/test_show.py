"""``mlkd labels show``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from label_toys import write_labels

from mlkd.apis.cli import main_of
from mlkd.partition import LabelCounts


def test_edges_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / 'graph.png'
    assert main_of('labels', ['show', str(write_labels(tmp_path / 'toy.npz')), '--out', str(out)]) == 0
    printed = capsys.readouterr().out
    assert '7 edges; 5 of 5 labels' in printed
    assert 'e 1.00, c 0.50' in printed
    assert out.read_bytes()[:4] == b'\x89PNG'


def test_published_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ['show', str(write_labels(tmp_path / 'toy.npz')), '--out', str(tmp_path / 'graph.png')]
    assert main_of('labels', [*words, '--statistics', 'nuswide_released']) == 0
    assert '7 edges' not in capsys.readouterr().out


def test_a_label_without_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = LabelCounts(('cat', 'yeti'), np.array([3, 0]), np.zeros((2, 2), np.int64))
    assert main_of('labels', ['show', str(write_labels(tmp_path / 'zoo.npz', counts))]) == 1
    assert 'yeti' in capsys.readouterr().err
