"""The graph of ML-GCN and MSRN."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from label_toys import TOY

from mlkd.errors import ConfigError, PartitionError
from mlkd.partition import LabelCounts, read_counts
from mlkd.partition.adjacency import adjacency, edges, implications, statistics


def named_edges(counts: LabelCounts, **kwargs: object) -> set[tuple[str, str]]:
    return {(counts.classes[i], counts.classes[j]) for i, j in edges(adjacency(counts, **kwargs))}  # type: ignore[arg-type]


def test_a_of_the_specification() -> None:
    expected = [
        [1, 0.25, 0, 0, 0],
        [0.25, 1, 0, 0, 0.125],
        [0, 0, 1, 0.125, 0],
        [0, 0, 0.25, 1, 0.125],
        [0, 0, 0, 0.125, 1],
    ]
    np.testing.assert_allclose(adjacency(TOY), expected, atol=1e-6)


def test_p_is_that_of_the_corrected_formula() -> None:
    """A' has p times the normalised links off the diagonal and 1 - p on it; A is A' / (1 - p)."""
    for p in (0.0, 0.2, 0.5):
        links = implications(TOY) >= 0.4
        paper = p * links / np.maximum(links.sum(0), 1) + (1 - p) * np.eye(5)
        np.testing.assert_allclose(adjacency(TOY, p=p) * (1 - p), paper, atol=1e-6)


def test_tau_is_reached_by_equality() -> None:
    counts = LabelCounts(('a', 'b'), np.array([10, 100]), np.array([[0, 4], [4, 0]]))
    assert named_edges(counts, tau=0.4) == {('a', 'b')}
    assert named_edges(counts, tau=0.41) == set()


def test_edges_of_voc(real_data: Callable[[str], Path]) -> None:
    persons = {(name, 'person') for name in ('bicycle', 'bottle', 'diningtable', 'horse', 'motorbike')}
    assert named_edges(read_counts(real_data('label_graph') / 'voc07.npz')) == persons | {('diningtable', 'chair')}


def test_edges_of_coco(real_data: Callable[[str], Path]) -> None:
    found = named_edges(read_counts(real_data('label_graph') / 'coco.npz'))
    ends = [end for _, end in found]
    assert len(found) == 111
    assert [ends.count(name) for name in ('person', 'dining table', 'sink', 'car')] == [55, 11, 6, 6]
    assert len(set(ends)) == 23


def test_released_nuswide_has_two_edges(real_data: Callable[[str], Path]) -> None:
    counts = read_counts(real_data('label_graph') / 'nuswide.npz')
    assert named_edges(counts, kind='nuswide_released') == {('cat', 'animal'), ('tiger', 'animal')}
    right = named_edges(counts)
    assert len(right) > 100
    assert len({end for _, end in right}) == 23


def test_released_apparel_has_every_pair_from_colour_to_garment() -> None:
    """Pairs only as [colour][garment], N of a colour 1: every observed pair is an edge, none begins at a garment."""
    pairs = np.zeros((4, 4), np.int64)
    pairs[0, 2], pairs[0, 3], pairs[1, 3] = 5, 1, 90
    counts = LabelCounts(('red', 'blue', 'dress', 'shoes'), np.array([6, 90, 5, 91]), pairs + pairs.T)
    found, images = statistics(counts, 'apparel_released')
    np.testing.assert_array_equal(found, pairs)
    assert images.tolist() == [1, 1, 6, 92]
    released = named_edges(counts, kind='apparel_released')
    assert released == {('red', 'dress'), ('red', 'shoes'), ('blue', 'shoes')}
    expected = {('red', 'dress'), ('blue', 'shoes'), ('dress', 'red'), ('shoes', 'blue')}
    assert named_edges(counts) == expected


def test_a_label_without_images_is_named() -> None:
    counts = LabelCounts(('cat', 'yeti'), np.array([3, 0]), np.zeros((2, 2), np.int64), 'zoo')
    with pytest.raises(PartitionError, match='in no image') as caught:
        adjacency(counts)
    assert caught.value.found == 'yeti'
    assert 'zoo' in str(caught.value)


@pytest.mark.parametrize('wrong', [{'tau': 0.0}, {'tau': 1.5}, {'p': 1.0}, {'p': -0.1}, {'kind': 'released'}])
def test_arguments_that_make_no_sense(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        adjacency(TOY, **wrong)
