"""What is known of labels: files, graphs, what a checkpoint keeps."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from label_toys import TOY, write_labels

from mlkd.errors import ConfigError, DataError, MLKDError, PartitionError
from mlkd.models.layers import LabelTable
from mlkd.models.utils import allow_missing_weights
from mlkd.partition import LabelCounts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_labels(tmp_path / 'toy.npz', width=4)


@pytest.fixture
def dry_run() -> Iterator[None]:
    allow_missing_weights()
    yield
    allow_missing_weights(False)


def table(file: Path, classes: tuple[str, ...] = TOY.classes, **kwargs: object) -> LabelTable:
    made = LabelTable(classes, counts=str(file), vectors=str(file), channels=4, **kwargs)  # type: ignore[arg-type]
    made.init_weights()
    return made


def test_matrices_of_the_specification(file: Path) -> None:
    made = table(file)
    expected = [
        [0.8, 0.1907, 0, 0, 0],
        [0.1907, 0.7273, 0, 0, 0],
        [0, 0, 0.8889, 0.2010, 0],
        [0, 0, 0.1005, 0.7273, 0.1005],
        [0, 0.1005, 0, 0.1005, 0.8889],
    ]
    torch.testing.assert_close(made.normalised_adjacency, torch.tensor(expected), atol=5e-5, rtol=0)
    mask = [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 1, 1, 1], [0, 1, 0, 1, 1]]
    assert made.mask.int().tolist() == mask


def test_voc_labels_that_attend_to_others(real_data: Callable[[str], Path]) -> None:
    path = str(real_data('label_graph') / 'voc07.npz')
    made = LabelTable('voc', counts=path, vectors=path)
    made.init_weights()
    near = {made.classes[i]: made.mask[i].sum().item() for i in range(20) if made.mask[i].sum() > 1}
    assert near == {'chair': 2, 'person': 6}


def test_labels_are_found_by_name_whatever_their_order(file: Path) -> None:
    turned = table(file, TOY.classes[::-1])
    straight = table(file)
    torch.testing.assert_close(turned.adjacency, straight.adjacency.flip(0, 1))
    torch.testing.assert_close(turned.vectors, straight.vectors.flip(0))


def test_p_and_tau_change_the_matrix_and_p_not_the_mask(file: Path) -> None:
    assert table(file, p=0.5).mask.equal(table(file).mask)
    assert not table(file, p=0.5).normalised_adjacency.allclose(table(file).normalised_adjacency)
    # All images with d have e too.
    assert table(file, tau=1.0).mask.nonzero().tolist() == [[0, 0], [1, 1], [2, 2], [3, 3], [4, 3], [4, 4]]


def test_a_checkpoint_needs_no_files(file: Path) -> None:
    state = table(file).state_dict()
    other = LabelTable(TOY.classes, counts='gone.npz', vectors='gone.npz', channels=4)
    with pytest.raises(ConfigError, match='have not been read'):
        other.check_known()
    other.load_state_dict(state)
    other.check_known()
    assert other.vectors.equal(state['vectors'])
    assert set(state) == {'vectors', 'adjacency'}
    assert not list(other.parameters())


def test_vectors_learnt_from_scratch_are_said(caplog: pytest.LogCaptureFixture) -> None:
    made = LabelTable(['a', 'b'], channels=300)
    with caplog.at_level(logging.INFO):
        made.init_weights()
    made.check_known()
    assert [name for name, _ in made.named_parameters()] == ['vectors']
    assert made.mask.equal(torch.eye(2, dtype=torch.bool))
    assert 4 < made.vectors.norm(dim=1).mean() < 8


def test_counts_of_a_data_set(make_voc: Callable[..., Path]) -> None:
    counts = {'type': 'VOCMultiLabel', 'data_root': str(make_voc()), 'split': 'trainval', 'difficult': 'present'}
    with pytest.raises(PartitionError, match='in no image') as caught:
        LabelTable('voc', counts=counts).init_weights()
    assert 'aeroplane' in str(caught.value.found)


def test_counts_of_other_labels(file: Path) -> None:
    with pytest.raises(PartitionError, match='not known'):
        table(file, ('a', 'b', 'c', 'd', 'x'))
    with pytest.raises(MLKDError, match='are missing'):
        table(file, TOY.classes[:4])


def test_a_label_without_images_or_without_a_vector_is_named(tmp_path: Path, file: Path) -> None:
    empty = LabelCounts(('a', 'b'), np.array([3, 0]), np.zeros((2, 2), np.int64))
    with pytest.raises(PartitionError, match='in no image') as caught:
        table(write_labels(tmp_path / 'empty.npz', empty, 4), ('a', 'b'))
    assert caught.value.found == 'b'
    with pytest.raises(DataError, match='no word vector') as other:
        LabelTable([*TOY.classes, 'zebra'], vectors=str(file), channels=4).init_weights()
    assert 'zebra' in str(other.value.expected)


def test_vectors_of_another_width(file: Path) -> None:
    with pytest.raises(DataError, match='another width'):
        LabelTable(TOY.classes, vectors=str(file), channels=300).init_weights()


def test_a_missing_file_is_an_error_but_in_a_dry_run(tmp_path: Path, dry_run: None) -> None:
    path = str(tmp_path / 'labels.npz')
    made = LabelTable(['a', 'b'], counts=path, vectors=path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        made.init_weights()
    assert 'labels.npz' in str(caught[0].message)
    made.check_known()
    allow_missing_weights(False)
    with pytest.raises(DataError, match=r'no such file of labels'):
        LabelTable(['a', 'b'], counts=path, vectors=path).init_weights()


def test_a_data_set_that_nobody_knows() -> None:
    with pytest.raises(ConfigError, match='did you mean voc'):
        LabelTable('voc07')


@pytest.mark.parametrize(
    'wrong',
    [
        {'tau': '0.4'},
        {'tau': 0},
        {'tau': float('nan')},
        {'p': 1},
        {'p': None},
        {'statistics': 'released'},
        {'channels': 0},
        {'channels': 2.5},
    ],
)
def test_arguments_that_make_no_sense_are_told_when_it_is_built(wrong: dict) -> None:
    with pytest.raises(ConfigError) as caught:
        LabelTable(TOY.classes, **wrong)
    assert str(caught.value.where).endswith(next(iter(wrong)))
