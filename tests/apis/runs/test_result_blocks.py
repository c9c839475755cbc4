from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.apis.runs.result_blocks import Block, put_block, read_blocks
from mlkd.errors import ConfigError

BLOCK = Block('Table 4, small (2 seeds)', 'runs/*')
START, END = BLOCK.markers


def written(folder: Path, text: str) -> Path:
    path = folder / 'blocks.toml'
    path.write_text(text, encoding='utf-8')
    return path


def test_a_list_of_blocks(tmp_path: Path) -> None:
    whole = "[[block]]\ntitle = 'A'\nglob = 'a/*'\ntext = 'Größe.'\nrows = ['x', 'y']\nspeed = 's.json'\nkept = 'k'\n"
    first, second = read_blocks(written(tmp_path, whole + "[[block]]\nglob = 'b/*'\ntitle = 'B'\n"))
    assert first == Block('A', 'a/*', text='Größe.', rows=['x', 'y'], speed='s.json', kept='k')
    assert second == Block('B', 'b/*')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('[[block]', 'no TOML'),
        ('', 'has none'),
        ('title = 3', 'has none'),
        ('block = []', 'has none'),
        ('block = [1]', 'not understood'),
        ("[[block]]\ntitle = 'x'", 'not understood'),
        ("[[block]]\ntitle = 'x'\nglob = 'y'\nrow = []", 'not understood'),
        ("[[block]]\ntitle = 'x'\nglob = 'y'\nbrief = true", 'not understood'),
    ],
)
def test_a_wrong_list_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        read_blocks(path)
    assert caught.value.where == path


def test_a_missing_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='no list of blocks'):
        read_blocks(tmp_path / 'none.toml')


def test_markers_are_comments_with_a_plain_name() -> None:
    name = 'results: table-4-small-2-seeds'
    assert (f'<!-- {name} -->', f'<!-- end of {name} -->') == (START, END)


def test_a_page_without_markers_gets_the_block_at_its_end() -> None:
    assert put_block('# Page\n\n', BLOCK, 'Table.') == f'# Page\n\n{START}\n\nTable.\n\n{END}\n'


def test_what_stands_between_the_markers_is_replaced_and_nothing_else() -> None:
    page = f'Before.\n{START}\nOld.\n{END}\nAfter.\n'
    once = put_block(page, BLOCK, 'New.')
    assert once == f'Before.\n{START}\n\nNew.\n\n{END}\nAfter.\n'
    assert put_block(once, BLOCK, 'New.') == once
    other = put_block(once, Block('Other', ''), 'More.')
    assert other.startswith(once.rstrip())
    assert put_block(other, BLOCK, 'New.') == other


@pytest.mark.parametrize('page', [f'{START}\n', f'{END}\n', f'{END}\nBetween.\n{START}\n'])
def test_a_marker_without_its_other_half_is_an_error(page: str) -> None:
    with pytest.raises(ConfigError, match='marker') as caught:
        put_block(page, BLOCK, 'New.')
    assert caught.value.where == BLOCK.title
