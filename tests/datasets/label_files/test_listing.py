from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from mlkd.datasets.label_files.listing import (
    SHOWN,
    ListedPhoto,
    Listing,
    clean,
    named_labels,
    raise_if_any,
    split_name,
)
from mlkd.errors import DataError


@pytest.mark.parametrize(
    ('names', 'labels', 'others'),
    [
        ([], {}, 0),
        (['cat', ' dog '], {'cat': 1, 'dog': 1}, 0),
        (['cat?', '?dog'], {'cat': -1, 'dog': -1}, 0),
        (['cat', '?'], {'cat': 1}, -1),
        (['', '  '], {}, 0),
    ],
)
def test_lists_of_labels(names: list[str], labels: dict, others: int) -> None:
    assert named_labels(names) == (labels, others)


def test_accents_are_written_in_one_way() -> None:
    assert clean(unicodedata.normalize('NFD', ' Möwe\t')) == 'M\N{LATIN SMALL LETTER O WITH DIAERESIS}we'


def test_words_of_splits() -> None:
    words = ['Training', ' dev ', 'TEST', 'fold 3', ' ']
    assert [split_name(word) for word in words] == ['train', 'val', 'test', 'fold 3', None]


def listing(*labels: dict, others: int | None = 0) -> Listing:
    return Listing(Path('a.csv'), [ListedPhoto('a.jpg', 'line 1', each, others) for each in labels], 'a table')


def test_what_is_left_out_is_absent_only_where_no_row_says_absent() -> None:
    assert listing({'cat': 1}, {'dog': -1}).unsaid == 0
    assert listing({'cat': 1}, {'dog': 0}).unsaid == -1


def test_rows_that_add_up() -> None:
    assert listing({'cat': 1}, {}).one_label_per_row
    assert not listing({'cat': 1, 'dog': 1}).one_label_per_row
    # A row of a table leaves its others to the whole file: it is no list with one name.
    assert not listing({'cat': 1}, others=None).one_label_per_row


@pytest.mark.parametrize(('count', 'head', 'last'), [(1, 'one place', 'row 0'), (12, '12 places', 'and 2 more')])
def test_one_error_names_all_places(count: int, head: str, last: str) -> None:
    wrong = [f'row {index}' for index in range(count)]
    with pytest.raises(DataError) as error:
        raise_if_any(wrong, 'It is wrong.', Path('a.csv'), 'rows', 'mend them')
    lines = str(error.value.found).splitlines()
    assert (lines[0], lines[-1].strip()) == (head, last)
    assert len(lines) == 1 + min(count, SHOWN) + (count > SHOWN)
    assert (error.value.where, error.value.fix) == (Path('a.csv'), 'mend them')


def test_nothing_wrong_is_no_error() -> None:
    raise_if_any([], 'It is wrong.', Path('a.csv'), 'rows', 'mend them')
