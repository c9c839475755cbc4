"""The tables of recall."""

from __future__ import annotations

import pytest

from mlkd.apis.proposals.recall_tables import number_table, part_table, recall_markdown


@pytest.fixture
def result() -> dict:
    """One object of ten IoUs: all at 2 boxes, at 1 box those below 0.7."""
    part = {'objects': 1, 'R50': 100.0, 'R70': 100.0, 'AR@1': 40.0, 'AR@2': 100.0}
    part = {**part, 'R@1': [100.0] * 4 + [0.0] * 6, 'R@2': [100.0] * 10}
    sizes = {'small': part, 'medium': {'objects': 0}, 'large': {'objects': 0}}
    told = {'numbers': [1, 2], 'boxes_within': {'1': 1.0, '2': 1.26}, 'boxes_per_image': 7.0, 'all': part}
    return {**told, 'sizes': sizes, 'classes': {'cat': part}, 'generator': {'type': 'Grid', 'step': 8}}


def test_by_number(result: dict) -> None:
    table = number_table('grid', result)
    assert table.columns == ('at most', 'boxes per image', 'R at IoU 0.5', 'R at IoU 0.7', 'AR')
    assert table.rows == (('1', '1.0', '100.0', '0.0', '40.0'), ('2', '1.3', '100.0', '100.0', '100.0'))


def test_by_size_and_class(result: dict) -> None:
    table = part_table('grid', result)
    assert table.columns == ('objects', 'number', 'R50@2', 'R70@2', 'AR@1', 'AR@2')
    assert [row[0] for row in table.rows] == ['all', 'small', 'medium', 'large', 'cat']
    assert table.rows[2] == ('medium', '0', '-', '-', '-', '-')
    assert table.rows[4] == ('cat', '1', '100.0', '100.0', '40.0', '100.0')


def test_page(result: dict) -> None:
    page = recall_markdown('On what.', {'grid': result, 'bare': {**result, 'generator': {'type': 'Bare'}}})
    assert 'On what.' in page
    assert '| grid | 7.0 | 100.0 | 100.0 | 40.0 | 100.0 |' in page
    assert 'Made by Grid (`step=8`).' in page
    assert 'Made by Bare.' in page
    assert page.index('Side by side') < page.index('## grid') < page.index('## bare') < page.index('recall.png')
