"""A list of objects read piece by piece: all of it, nothing beside it, and no bare error whatever the file holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlkd.errors import ProposalError
from mlkd.proposals.formats import json_list
from mlkd.proposals.formats.json_list import read_objects

ROWS = [{'a': 1}, {'b': [1, {'c': ']},{"'}]}, {}, {'d': -1.5e-7, 'ü': 'ß\\"'}]


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding='utf-8')
    return path


@pytest.mark.parametrize('block', [1, 2, 5, 1 << 20])
@pytest.mark.parametrize('indent', [None, 3])
def test_same_as_in_one_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, indent: int | None) -> None:
    monkeypatch.setattr(json_list, '_BLOCK', block)
    path = written(tmp_path / 'r.json', f'\ufeff \n{json.dumps(ROWS, indent=indent, ensure_ascii=False)}\r\n ')
    assert list(read_objects(path)) == ROWS
    assert list(read_objects(written(tmp_path / 'r.json', ' [ ] '))) == []


@pytest.mark.parametrize(
    ('text', 'what', 'found'),
    [
        ('[{"a": 1}] [{"b": 2}]', 'no list of results', '\'[{"b": 2}]\' after the end of the list'),
        ('[{"a": 1}] etc', 'no list of results', "'etc' after the end of the list"),
        ('[{"a": 1}{"b": 2}]', 'no list of results', '\'{"b": 2}]\' where a comma should be'),
        ('[{"a": 1},,{"b": 2}]' + ' ' * 20, 'no list of results', "Expecting value at ',{"),
        ('[,{"a": 1}]' + ' ' * 20, 'no list of results', "Expecting value at ',{"),
        ('[{"a": 1},]', 'cut short or damaged', "']' before its end"),
        ('[{"a": ' + '9' * 5000 + '}]', 'no list of results', 'Exceeds the limit'),
        ('[' * 100_000, 'no list of results', 'recursion'),
        ('[{"a": ' + '[' * 100_000, 'no list of results', 'recursion'),
        ('[{"a": 1}, null]', 'no list of results', "'None' in the list"),
        ('[{"a": 1}, {"b"', 'cut short or damaged', '\'{"b"\' before its end'),
        ('[', 'cut short or damaged', "'' before its end"),
    ],
)
def test_wrong(tmp_path: Path, text: str, what: str, found: str) -> None:
    path = written(tmp_path / 'r.json', text)
    with pytest.raises(ProposalError, match=what) as caught:
        list(read_objects(path))
    assert caught.value.where == path
    assert found in str(caught.value.found)
