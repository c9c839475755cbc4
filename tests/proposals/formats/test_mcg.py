"""Folders of MCG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import io
from toy_entries import check_same

from mlkd.errors import ProposalError
from mlkd.proposals.formats import MCGFolder
from mlkd.proposals.formats.base import ImageEntry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of two images, as on the site of MCG; the second with the variables of the Flickr copy."""
    folder = tmp_path / 'MCG-boxes'
    folder.mkdir()
    boxes = np.array([[1, 2, 375, 500], [6, 11, 25, 30]], np.uint16)
    io.savemat(folder / '000001.mat', {'boxes': boxes, 'scores': np.array([[0.5], [0.25]], np.float32)})
    io.savemat(folder / '000002.mat', {'bboxes': boxes[1:], 'bboxes_scores': np.array([[0.125]])})
    (folder / 'README.txt').write_text('not of an image')
    return folder


def test_by_hand(folder: Path, to_store: Callable) -> None:
    store = to_store(folder, MCGFolder(), partial=True)
    assert store['JPEGImages/000001.jpg'].bboxes.tolist() == [[1, 0, 500, 375], [10, 5, 30, 25]]
    assert store['JPEGImages/000001.jpg'].scores.tolist() == [0.5, 0.25]
    assert store['JPEGImages/000002.jpg'].bboxes.tolist() == [[10, 5, 30, 25]]
    assert MCGFolder.recognises(folder)
    assert not MCGFolder.recognises(folder.parent)


def test_way_back(tmp_path: Path, entries: list[ImageEntry], to_store: Callable) -> None:
    MCGFolder().write(tmp_path / 'out', entries)
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [f'00000{i}.mat' for i in range(1, 5)]
    check_same(to_store(tmp_path / 'out', MCGFolder()), entries)


def test_one_cut_file(folder: Path, to_store: Callable) -> None:
    file = folder / '000002.mat'
    file.write_bytes(file.read_bytes()[:150])
    with pytest.raises(ProposalError, match='cut short') as caught:
        to_store(folder, MCGFolder(), partial=True)
    assert caught.value.where == file


def test_counts_and_variables(folder: Path, to_store: Callable) -> None:
    io.savemat(folder / '000002.mat', {'boxes': np.ones((2, 4)), 'scores': np.ones((3, 1))})
    with pytest.raises(ProposalError, match='not as many scores') as caught:
        to_store(folder, MCGFolder(), partial=True)
    assert caught.value.where == str(folder / '000002.mat')
    io.savemat(folder / '000002.mat', {'boxes': np.ones((2, 4))})
    with pytest.raises(ProposalError, match='lacks a variable') as caught:
        to_store(folder, MCGFolder(), partial=True)
    assert caught.value.expected == 'scores'


def test_equal_names(tmp_path: Path, entries: list[ImageEntry]) -> None:
    twice = [entries[0], replace(entries[1], record=replace(entries[1].record, key='b/000001.png'))]
    with pytest.raises(ProposalError, match='cannot tell two images apart') as caught:
        MCGFolder().write(tmp_path / 'out', twice)
    assert caught.value.where == 'JPEGImages/000001.jpg and b/000001.png'
    assert list(tmp_path.iterdir()) == []


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match=r'no folder of \.mat files'):
        list(MCGFolder().read(tmp_path))
