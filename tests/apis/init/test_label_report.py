"""What is told of labels before training."""

from __future__ import annotations

import numpy as np
import pytest
from rich.table import Table

from mlkd.apis.init.label_report import label_table, warnings_of
from mlkd.apis.init.photo_check import CheckedPhotos
from mlkd.apis.init.split_proposal import Division
from mlkd.console import console


def checked(labels: list[list[int]], classes: tuple[str, ...] = ('cat', 'dog', 'emu')) -> CheckedPhotos:
    keys = [f'{index:02d}.jpg' for index in range(len(labels))]
    return CheckedPhotos(keys, classes, np.array(labels, np.int8), np.arange(len(keys)), {})


def divided(photos: CheckedPhotos, *splits: str, groups: tuple[list[str], ...] = ()) -> Division:
    return Division(dict(zip(photos.keys, splits, strict=True)), groups, False)


def rows(table: Table) -> list[list[str]]:
    with console.capture() as capture:
        console.print(table, width=120)
    lines = capture.get().splitlines()
    found = [
        [cell.strip() for cell in line.strip('│┃').replace('┃', '│').split('│')] for line in lines if line[:1] in '│┃'
    ]
    return [[' '.join(lines[0].split())], *found]


def test_counts_in_all_and_in_each_split() -> None:
    photos = checked([[1, 0, 1], [1, 0, 0], [0, 0, 0], [0, 1, 0]])
    assert rows(label_table(photos, divided(photos, 'train', 'train', 'val', 'train'))) == [
        ['4 photos, 3 labels'],
        ['label', 'photos', 'train', 'val'],
        ['cat', '2', '2', '0'],
        ['dog', '1', '1', '0'],
        ['emu', '1', '1', '0'],
        ['all photos', '4', '3', '1'],
        ['none of the labels', '1', '0', '1'],
    ]


def test_what_is_not_known_has_a_column() -> None:
    photos = checked([[1, -1, 0], [1, 1, -1], [0, -1, 1]])
    assert rows(label_table(photos, divided(photos, 'train', 'train', 'test'))) == [
        ['3 photos, 3 labels'],
        ['label', 'photos', 'train', 'test', 'not known'],
        ['cat', '2', '2', '0', '0'],
        ['dog', '1', '1', '0', '2'],
        ['emu', '1', '0', '1', '1'],
        ['all photos', '3', '2', '1', ''],
    ]


@pytest.mark.parametrize('name', ['[red]', '[/x]', '[link=a]b'])
def test_names_are_no_markup(name: str) -> None:
    photos = checked([[1, 0], [0, 1]], (name, 'b'))
    assert rows(label_table(photos, divided(photos, 'train', 'val')))[2][0] == name


def many(train: list[int], val: list[int]) -> tuple[CheckedPhotos, Division]:
    """20 photos of each split, of which so many show each of the labels; none shows nothing."""
    k = len(train)
    labels = np.zeros((40, k + 1), np.int8)
    for split, counts in enumerate((train, val)):
        for index, count in enumerate(counts):
            labels[20 * split : 20 * split + count, index] = 1
    labels[:, k] = labels[:, :k].sum(1) == 0
    photos = checked(labels.tolist(), (*'abcdef'[:k], 'other'))
    return photos, divided(photos, *['train'] * 20, *['val'] * 20)


def test_nothing_is_said_where_all_is_well() -> None:
    assert warnings_of(*many([10, 10], [5, 9])) == []


def test_few_photos_of_a_label() -> None:
    # Of the others there are 20 - 19 in train and 20 - 15 in val, as these labels are shown by the first photos.
    assert warnings_of(*many([10, 9, 0, 19], [4, 0, 15, 5])) == [
        '1 of 5 labels have no photo in train: these are not learnt (c).',
        '2 of 5 labels have fewer than 10 photos in train: of these little is learnt (b, other).',
        '1 of 5 labels have no photo in val: not measured (b).',
        '1 of 5 labels have fewer than 5 photos in val: of these the numbers say little (a).',
    ]


def said(photos: CheckedPhotos, *splits: str, groups: tuple[list[str], ...] = ()) -> str:
    return '\n'.join(warnings_of(photos, divided(photos, *splits, groups=groups)))


def test_labels_that_nothing_tells_from_others() -> None:
    text = said(checked([[1, 0, 1], [1, 1, -1]]), 'train', 'val')
    assert 'Never said to be absent, so that nothing tells them from others: cat, emu.' in text
    assert 'Never' not in said(checked([[1, 0, 0], [0, 1, 1]]), 'train', 'val')


def test_names_that_differ_in_case_or_blanks() -> None:
    text = said(checked([[1, 0, 0, 0]] * 2, ('Hot dog', 'hotdog', 'dog', 'HOT  DOG')), 'train', 'val')
    assert "These count as different labels: 'Hot dog', 'hotdog', 'HOT  DOG'. Are they?" in text
    assert text.count('different labels') == 1


def test_photos_that_show_nothing() -> None:
    """Those of which nothing is known may show something."""
    photos = checked([[0, 0, 0], [1, 0, 1], [0, -1, 0], [0, 0, 0]])
    text = said(photos, 'train', 'train', 'train', 'val')
    assert '2 photos show none of the labels, as the file has it (00.jpg, 03.jpg).' in text


def test_copies_in_several_splits() -> None:
    photos = checked([[1, 0, 1], [0, 1, 0], [1, 0, 1], [0, 1, 0]])
    groups = (['00.jpg', '01.jpg'], ['01.jpg', '02.jpg', '03.jpg'])
    text = said(photos, 'train', 'train', 'val', 'val', groups=groups)
    assert '1 groups of photos that show the same are in several splits' in text
    assert '(01.jpg, 02.jpg, 03.jpg): what is measured on the copies says nothing.' in text
    assert 'several splits' not in said(photos, 'train', 'train', 'val', 'val', groups=groups[:1])
