from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from raw_store import write_raw

from mlkd.errors import ProposalError
from mlkd.proposals import layout
from mlkd.proposals.mapped import MappedRows, map_array, read_header

BOXES = np.arange(4 * 3000, dtype=np.float32).reshape(-1, 4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / 'a.mlkd'
    write_raw(path, {'a.jpg': (BOXES.tolist(), None, (9, 9)), 'b.jpg': ([[0, 0, 1, 1]], [0.5], (2, 3))})
    return path


def change(folder: Path, **values: Any) -> dict:
    header = {**json.loads((folder / 'header.json').read_text()), **values}
    (folder / 'header.json').write_text(json.dumps(header))
    return header


def test_rows_are_copies_of_those_in_the_file(folder: Path) -> None:
    rows = MappedRows(map_array(folder, 'boxes', read_header(folder)))
    assert len(rows) == 3001
    for first, last in ((0, 1), (999, 2500), (3000, 3001)):
        np.testing.assert_array_equal(rows.read(first, last), np.load(folder / 'boxes.npy')[first:last])
    assert rows.read(7, 7).shape == (0, 4)
    rows.read(0, 1)[:] = -1
    assert rows.read(0, 1)[0, 0] == 0


def test_a_store_that_is_not_finished_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match=r'tools/proposals\.py generate'):
        read_header(tmp_path / 'a.mlkd')
    (tmp_path / 'a.mlkd.partial').mkdir()
    with pytest.raises(ProposalError, match=r'a\.mlkd\.partial is one that is not finished'):
        read_header(tmp_path / 'a.mlkd')


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({'format': 'other'}, 'no "format"'),
        ({'files': {}}, 'lacks a file'),
        ({'files': None}, 'TypeError'),
        ({'files': {name: {} for name in layout.ARRAYS}}, "lacks .*'bytes'"),
        ({'files': dict.fromkeys(layout.ARRAYS, 3)}, 'TypeError'),
        ({'version': 2}, 'another format version'),
        ({'dataset': ['a']}, r"dataset is \['a'\]"),
        ({'images': '2'}, "images is '2'"),
        ({'boxes': None}, 'boxes is None'),
    ],
)
def test_headers_of_something_else(folder: Path, values: dict, words: str) -> None:
    change(folder, **values)
    with pytest.raises(ProposalError, match=words):
        read_header(folder)


@pytest.mark.parametrize('key', ['dataset', 'generator', 'checksum', 'version'])
def test_a_header_that_lacks_a_key(folder: Path, key: str) -> None:
    header = json.loads((folder / 'header.json').read_text())
    del header[key]
    (folder / 'header.json').write_text(json.dumps(header))
    with pytest.raises(ProposalError, match=f'(?s)not a proposal store.*{key}'):
        read_header(folder)


def test_files_are_what_the_header_says(folder: Path) -> None:
    header = read_header(folder)
    path = folder / 'scores.npy'
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(ProposalError, match=f'found: {len(content) - 1} bytes'):
        map_array(folder, 'scores', header)
    path.unlink()
    with pytest.raises(ProposalError, match='no file'):
        map_array(folder, 'scores', header)
    path.write_bytes(b'x' * len(content))
    with pytest.raises(ProposalError, match='cannot be read'):
        map_array(folder, 'scores', header)


@pytest.mark.parametrize(
    ('name', 'array'), [('boxes', np.zeros((3, 4))), ('boxes', np.zeros((3, 5), '<f4')), ('keys', np.zeros(3))]
)
def test_another_array_than_it_should_be(folder: Path, name: str, array: np.ndarray) -> None:
    np.save(folder / f'{name}.npy', array)
    header = read_header(folder)
    header['files'][name]['bytes'] = (folder / f'{name}.npy').stat().st_size
    with pytest.raises(ProposalError, match='another array'):
        map_array(folder, name, header)


def test_a_head_that_no_parser_understands(folder: Path) -> None:
    """NumPy lets out what Python's tokeniser raises."""
    content = bytearray((folder / 'boxes.npy').read_bytes())
    content[70:78] = b'\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8'
    (folder / 'boxes.npy').write_bytes(content)
    with pytest.raises(ProposalError, match='A file cannot be read'):
        map_array(folder, 'boxes', read_header(folder))


def test_a_header_without_end(folder: Path) -> None:
    (folder / 'header.json').write_text('[' * 100_000)
    with pytest.raises(ProposalError, match=r'(?s)not a proposal store.*RecursionError'):
        read_header(folder)
