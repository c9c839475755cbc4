from __future__ import annotations

import re

import pytest

from mlkd.datasets.label_files.label_cells import find_separator, split_cell


@pytest.mark.parametrize(
    ('cells', 'separator'),
    [
        (['cat;dog', 'cat', ''], ';'),
        (['cat | dog', 'emu'], '|'),
        (['traffic light, car', 'car'], ','),
        (['cat dog', 'cat', 'dog emu', 'emu'], ' '),
        (['traffic light', 'stop sign', 'car'], None),
        (['fire hydrant', 'fire hydrant?', '?'], None),
        (['indoor/outdoor', 'night'], None),
        (['cat/dog', 'cat', 'dog'], '/'),
        (["['a', 'b']", 'cat'], None),
        ([], None),
    ],
)
def test_what_separates_labels(cells: list[str], separator: str | None) -> None:
    assert find_separator(cells) == separator


def test_known_names_decide() -> None:
    assert find_separator(['a;b', 'c'], ['a;b', 'c']) is None
    assert find_separator(['cat dog', 'emu'], ['cat', 'dog', 'emu']) == ' '
    assert find_separator(['cat dog', 'cat', 'dog'], ['cat dog', 'cat', 'dog']) is None


def test_cells() -> None:
    assert split_cell('cat; dog', ';') == ['cat', ' dog']
    assert split_cell('["cat", "dog"]', None) == ['cat', 'dog']
    for wrong in ('[cat]', '[1, 2]', '[__import__("os")]'):
        with pytest.raises(ValueError, match=re.escape(wrong)):
            split_cell(wrong, ',')
