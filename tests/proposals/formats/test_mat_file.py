from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import io, sparse

from mlkd.errors import ProposalError
from mlkd.proposals.formats import mat_file
from mlkd.proposals.formats.mat_file import cell, cell_items, load_mat, numbers, save_mat, text_of, variables

BOXES = [np.ones((2, 4)), np.zeros((2, 4))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_mat(tmp_path / 'a.mat', {'boxes': cell(BOXES), 'images': cell(['000012', 'sea'], column=True), 'n': 3})
    return tmp_path / 'a.mat'


def test_there_and_back(path: Path) -> None:
    assert variables(path) == ['boxes', 'images', 'n']
    found = load_mat(path, ['boxes', 'images'], ['n', 'scores'])
    assert set(found) == {'boxes', 'images', 'n'}
    # Items of one shape stay items.
    assert (found['boxes'].shape, found['images'].shape) == ((1, 2), (2, 1))
    for item, expected in zip(cell_items(found['boxes'], 'boxes', path), BOXES, strict=True):
        np.testing.assert_array_equal(item, expected)
    assert [text_of(item) for item in cell_items(found['images'], 'images', path)] == ['000012', 'sea']
    assert set(load_mat(path, ['n'])) == {'n'}


@pytest.mark.parametrize('compressed', [True, False])
def test_files_that_are_cut_anywhere_are_one_error(tmp_path: Path, compressed: bool) -> None:
    whole, part = tmp_path / 'whole.mat', tmp_path / 'part.mat'
    io.savemat(whole, {'boxes': cell(BOXES), 'scores': np.arange(9.0)}, do_compression=compressed)
    content = whole.read_bytes()
    for end in (*range(0, len(content), 37), len(content) - 1):
        part.write_bytes(content[:end])
        with pytest.raises(ProposalError, match='damaged or cut short'):
            load_mat(part, ['boxes'])


def test_version_4_has_no_header_and_is_read(tmp_path: Path) -> None:
    io.savemat(tmp_path / 'a.mat', {'boxes': np.arange(100.0).reshape(25, 4)}, format='4')
    np.testing.assert_array_equal(load_mat(tmp_path / 'a.mat', ['boxes'])['boxes'][1], [4, 5, 6, 7])


@pytest.mark.parametrize('head', [b'MATLAB 7.3 MAT-file', b'\x89HDF\r\n'])
def test_version_73_says_how_to_save_it_again(tmp_path: Path, head: bytes) -> None:
    (tmp_path / 'a.mat').write_bytes(head + bytes(600))
    with pytest.raises(ProposalError, match=r"(?s)HDF5.*'-v7'"):
        load_mat(tmp_path / 'a.mat', ['boxes'])


def test_what_is_missing(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match=r'(?s)found: boxes, images, n.*expected: box.*did you mean boxes'):
        load_mat(path, ['box'])
    with pytest.raises(ProposalError, match='No such file'):
        load_mat(tmp_path / 'b.mat', ['boxes'])
    (tmp_path / 'c.mat').write_text('no MATLAB file at all')
    assert variables(tmp_path / 'c.mat') == []


def test_what_is_too_large_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise io.matlab.MatWriteError('Matrix too large')

    monkeypatch.setattr(mat_file.io, 'savemat', refuse)
    with pytest.raises(ProposalError, match='--to mcg'):
        save_mat(tmp_path / 'a.mat', {})
    assert not list(tmp_path.iterdir())


def test_an_array_is_no_cell_array(tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match=r'(?s)a\.mat, boxes.*float64 \(2, 4\).*--from mcg'):
        cell_items(np.ones((2, 4)), 'boxes', tmp_path / 'a.mat')


def test_texts_and_numbers() -> None:
    assert [text_of(item) for item in (np.array([[7.0]]), np.array(['a b ']), np.array([], 'U1'))] == [7, 'a b', '']
    assert numbers(np.ones(2)) is not None
    for other in (np.array(['a']), sparse.csc_matrix(np.ones((2, 2))), [1.0], cell([1])):
        assert numbers(other) is None
