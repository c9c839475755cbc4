"""What is printed of a partition, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mlkd.apis.partition.tables import facts, parts_table, print_partition, title_of
from mlkd.console import console
from mlkd.partition import LabelCounts, Partition

CLASSES = ('a', 'b', 'c', 'd')
#: a and b are together in 3 images, b and c in 1; d is alone.
PAIRS = np.array([[0, 3, 0, 0], [3, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
COUNTS = LabelCounts(CLASSES, np.array([5, 6, 2, 4]), PAIRS)
PARTITION = Partition((('a', 'b'), ('c',), ('d',)), CLASSES)


def rows(partition: Partition, counts: LabelCounts | None) -> list[list[str]]:
    with console.capture() as capture:
        console.print(parts_table(partition, counts))
    lines = capture.get().splitlines()
    return [[cell.strip() for cell in line.strip('│').split('│')] for line in lines if line.startswith('│')]


def test_parts_alone() -> None:
    assert rows(PARTITION, None) == [['0', '2', 'a, b'], ['1', '1', 'c'], ['2', '1', 'd']]


def test_positives_and_pairs_that_are_kept() -> None:
    """Of the 7 that a and b are in, 6 are between them; c keeps none of its 1, and d has none."""
    assert rows(PARTITION, COUNTS) == [
        ['0', '2', '11', '85.7 %', 'a, b'],
        ['1', '1', '2', '0.0 %', 'c'],
        ['2', '1', '4', '-', 'd'],
    ]


def test_counts_in_another_order_are_found_by_name() -> None:
    turned = COUNTS.permuted(CLASSES[::-1])
    assert rows(PARTITION, turned) == rows(PARTITION, COUNTS)


def test_names_are_no_markup() -> None:
    odd = Partition((('[/a]', '[red]'), ('c',)), ('[/a]', '[red]', 'c'), '[set]')
    assert rows(odd, None)[0][2] == '[/a], [red]'
    with console.capture() as capture:
        print_partition(odd, None)
    assert '[set] K = 2' in capture.get()


def test_share_and_measures() -> None:
    """6 of the 8 are inside parts."""
    first, *_ = facts(PARTITION, COUNTS)
    assert first == 'Share of co-occurrence kept inside parts: 0.750'
    assert list(facts(PARTITION, None)) == [
        'With --counts FILE or --config CONFIG also: what the parts keep, and a picture.'
    ]


def test_counts_of_other_data_are_told() -> None:
    made = Partition(PARTITION.parts, CLASSES, counts='0123')
    assert next(iter(facts(made, COUNTS))).startswith(
        'Note: the partition was made from other counts (0123; these are '
    )
    same = Partition(PARTITION.parts, CLASSES, counts=COUNTS.checksum)
    assert not next(iter(facts(same, COUNTS))).startswith('Note')


@pytest.mark.parametrize(
    ('known', 'title'),
    [
        ({}, 'K = 3'),
        ({'dataset': 'coco', 'graph': 'cgp', 'rho': 1 / 3, 'seed': 0}, 'coco CGP K = 3 (rho 0.3333, seed 0)'),
        ({'graph': 'random', 'seed': 7}, 'RANDOM K = 3 (seed 7)'),
        ({'dataset': 'coco', 'rho': 0.5}, 'coco K = 3 (rho 0.5)'),
    ],
)
def test_titles(known: dict, title: str) -> None:
    assert title_of(Partition(PARTITION.parts, CLASSES, **known)) == title
