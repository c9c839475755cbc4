"""Word vectors of labels."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlkd.datasets.class_names import VOC, label_names
from mlkd.errors import ConfigError, DataError
from mlkd.models.utils.label_vectors import read_label_vectors

GLOVE = """\
the 0.1 0.2 0.3
traffic 1 2 3
light 3 2 1
traffic 9 9 9
hotdog -1 0 1
tv 5 6 7
tv guide 1 1 1
bus 0.5 -0.25 1e-1
"""


@pytest.fixture
def glove(tmp_path: Path) -> Path:
    path = tmp_path / 'glove.txt'
    path.write_text(GLOVE, encoding='utf-8')
    return path


def test_text_file_means_and_aliases(glove: Path) -> None:
    vectors = read_label_vectors(glove, ['bus', 'Traffic Light', 'hot dog', 'tvmonitor'])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [[0.5, -0.25, 0.1], [2, 2, 2], [-1, 0, 1], [5, 6, 7]], rtol=1e-6)
    own = read_label_vectors(glove, ['coach'], aliases={'coach': 'bus light'})
    np.testing.assert_allclose(own, [[1.75, 0.875, 0.55]], rtol=1e-6)


def test_header_of_word2vec_is_no_vector(tmp_path: Path) -> None:
    path = tmp_path / 'w2v.txt'
    path.write_text('2 3\nbus 1 2 3\n')
    assert read_label_vectors(path, ['bus']).tolist() == [[1, 2, 3]]


def test_missing_words_are_named(glove: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_label_vectors(glove, ['bus', 'green light', 'zebra'])
    text = str(caught.value)
    assert '2 of 3 labels' in text
    assert "green light (no 'green')" in text
    assert "zebra (no 'zebra')" in text
    assert 'bus' not in str(caught.value.found)


@pytest.mark.parametrize('line', ['bus 1 2', 'bus 1 two 3', 'bus'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / 'cut.txt'
    path.write_text(f'the 1 2 3\nof 1 2 3\n{line}')
    with pytest.raises(DataError, match=r'cut\.txt:3'):
        read_label_vectors(path, ['bus'])


def test_npz_by_name_whatever_the_order(tmp_path: Path) -> None:
    path = tmp_path / 'labels.npz'
    np.savez(path, classes=np.array(['cat', 'dog', 'earthq']), glove=np.arange(6.0).reshape(3, 2))
    assert read_label_vectors(path, ['earthquake', 'cat']).tolist() == [[4, 5], [0, 1]]
    with pytest.raises(DataError, match='1 of 2 labels') as caught:
        read_label_vectors(path, ['cat', 'dogs'])
    assert 'did you mean dog?' in str(caught.value)


def test_published_pickle_needs_an_order_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / 'voc_glove_word2vec.pkl'
    rows = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    path.write_bytes(pickle.dumps(rows))
    with pytest.raises(DataError, match='which labels'):
        read_label_vectors(path, VOC)
    np.testing.assert_array_equal(read_label_vectors(path, VOC[::-1], order=VOC), rows[::-1])
    path.write_bytes(pickle.dumps(rows.astype(float).tolist()))
    np.testing.assert_allclose(read_label_vectors(path, VOC, order=VOC), rows)
    with pytest.raises(DataError, match='do not fit the names'):
        read_label_vectors(path, VOC, order=label_names('coco'))
    path.write_bytes(b"cos\nsystem\n(S'touch %s'\ntR." % str(tmp_path / 'hacked').encode())
    with pytest.raises(DataError, match='nothing of it was executed'):
        read_label_vectors(path, VOC, order=VOC)
    assert not (tmp_path / 'hacked').exists()


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04 no zip'])
def test_damaged_npz(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'labels.npz'
    path.write_bytes(content)
    with pytest.raises(DataError, match='cannot be read'):
        read_label_vectors(path, ['cat'])


def test_npz_without_vectors_and_vectors_that_are_not_finite(tmp_path: Path) -> None:
    path = tmp_path / 'labels.npz'
    np.savez(path, classes=np.array(['cat']), adj=np.eye(1))
    with pytest.raises(DataError, match='cannot be read'):
        read_label_vectors(path, ['cat'])
    np.savez(path, classes=np.array(['cat', 'dog']), glove=np.array([[1.0], [np.nan]]))
    with pytest.raises(DataError, match='not finite') as caught:
        read_label_vectors(path, ['cat', 'dog'])
    assert caught.value.found == 'dog'


@pytest.mark.parametrize(
    ('names', 'what', 'found'),
    [
        (np.array(['cat', 'dog', 'cat']), 'Labels are named twice', 'cat'),
        (np.array('cat'), 'Labels have no names', 'cat'),
        (np.array(3), 'Labels have no names', '3'),
        (np.array([b'cat', b'dog', b'cow']), 'Labels have no names', "b'cat'"),
        (np.array([['cat'], ['dog'], ['cow']]), 'Labels have no names', 'dog'),
    ],
)
def test_npz_whose_names_are_none(tmp_path: Path, names: np.ndarray, what: str, found: str) -> None:
    path = tmp_path / 'labels.npz'
    np.savez(path, classes=names, glove=np.eye(3))
    with pytest.raises(DataError, match=what) as caught:
        read_label_vectors(path, ['cat'])
    assert found in str(caught.value.found)
    assert str(caught.value.where) == f'{path}, classes'


def test_an_alias_for_what_is_no_label(glove: Path) -> None:
    with pytest.raises(ConfigError, match='An alias is for a label') as caught:
        read_label_vectors(glove, ['bus'], {'buss': 'coach'})
    assert (caught.value.found, caught.value.fix) == ('buss', 'did you mean bus?')


def test_no_file_says_what_is_near(glove: Path) -> None:
    with pytest.raises(DataError, match=r'did you mean glove\.txt'):
        read_label_vectors(glove.with_name('glov.txt'), ['bus'])


@pytest.mark.parametrize(('name', 'labels'), [('voc07', 'voc'), ('coco', 'coco'), ('nuswide', 'nuswide_asl')])
def test_shipped_files(real_data: Callable[[str], Path], name: str, labels: str) -> None:
    folder, classes = real_data('label_graph'), label_names(labels)
    vectors = read_label_vectors(folder / f'{name}.npz', classes)
    with np.load(folder / f'{name}.npz') as file:
        row = file['classes'].tolist().index(classes[7])
        np.testing.assert_array_equal(vectors[7], file['glove'][row])
    assert vectors.shape == (len(classes), 300)
