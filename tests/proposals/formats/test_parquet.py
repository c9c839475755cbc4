"""Parquet tables, where pyarrow is installed, and what is said where it is not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_entries import check_same, random_entry

from mlkd.errors import ProposalError
from mlkd.proposals.formats import ParquetTable
from mlkd.proposals.formats.base import ImageEntry


@pytest.fixture
def arrow() -> Any:
    """pyarrow; a test that asks for it is skipped without."""
    return pytest.importorskip('pyarrow')


def written(path: Path, columns: dict[str, Any]) -> Path:
    from pyarrow import parquet, table

    parquet.write_table(table(columns), path)
    return path


ONE = {'image': ['000001'], 'x1': [[10.0]], 'y1': [[5.0]], 'x2': [[30.0]], 'y2': [[25.0]], 'score': [[0.5]]}


@pytest.mark.usefixtures('arrow')
def test_by_hand(tmp_path: Path, to_store: Callable) -> None:
    """A file of others: doubles, no sizes, scores or not."""
    store = to_store(written(tmp_path / 'a.parquet', ONE), ParquetTable(), partial=True)
    assert store['JPEGImages/000001.jpg'].bboxes.tolist() == [[10, 5, 30, 25]]
    without = {name: value for name, value in ONE.items() if name != 'score'}
    store = to_store(written(tmp_path / 'b.parquet', without), ParquetTable(), partial=True)
    assert store['JPEGImages/000001.jpg'].scores.tolist() == [1]


@pytest.mark.usefixtures('arrow')
def test_way_back(tmp_path: Path, entries: list[ImageEntry], to_store: Callable) -> None:
    ParquetTable().write(tmp_path / 'p.parquet', entries)
    check_same(to_store(tmp_path / 'p.parquet', ParquetTable(), images=None), entries)


def test_more_images_than_are_in_memory(tmp_path: Path, arrow: Any) -> None:
    entries = [random_entry(index, index % 3) for index in range(150)]
    ParquetTable().write(tmp_path / 'p.parquet', iter(entries))
    found = list(ParquetTable().read(tmp_path / 'p.parquet'))
    for one, entry in zip(found, entries, strict=True):
        assert one.image == entry.record.key
        assert one.size == entry.size
        np.testing.assert_array_equal(one.bboxes, entry.bboxes)
    table = arrow.parquet.read_table(tmp_path / 'p.parquet')
    assert table.schema.field('x1').type == arrow.list_(arrow.float32())
    assert len(ParquetTable().catalogue(tmp_path / 'p.parquet')) == 150


@pytest.mark.usefixtures('arrow')
@pytest.mark.parametrize(
    ('changes', 'what', 'where'),
    [
        ({'x1': None}, 'lacks columns', ''),
        ({'x1': [[1.0, 2]]}, 'not of one length', ', row 0 (000001)'),
        ({'score': [[0.5, 0.5]]}, 'not as many scores', ', row 0 (000001)'),
        ({'score': [[float('nan')]]}, 'score is not finite', ', row 0 (000001), box 1 (1 of 1 boxes)'),
        ({'score': [[None]]}, 'holds no list of numbers|score is not finite', ', row 0 (000001)'),
        ({'x1': [['a']]}, 'holds no list of numbers', ', row 0 (000001), x1'),
        ({'x1': [1.0]}, 'holds no list of numbers', ', row 0 (000001), x1'),
        ({'height': [0], 'width': [5]}, 'size of an image is no number', ', row 0 (000001)'),
        ({'x2': [[3.0]]}, '1 of 1 boxes, in 1 of 1 images', ', row 0 (000001), box 1'),
    ],
)
def test_wrong(tmp_path: Path, to_store: Callable, changes: dict, what: str, where: str) -> None:
    path = written(
        tmp_path / 'p.parquet', {name: value for name, value in (ONE | changes).items() if value is not None}
    )
    with pytest.raises(ProposalError, match=what) as caught:
        to_store(path, ParquetTable(), partial=True)
    assert str(caught.value.where).startswith(f'{path}{where}')


def test_a_row_without_a_name(tmp_path: Path, to_store: Callable, arrow: Any) -> None:
    path = written(tmp_path / 'p.parquet', {**ONE, 'image': arrow.array([None], arrow.string())})
    with pytest.raises(ProposalError, match='names no image') as caught:
        to_store(path, ParquetTable(), partial=True)
    assert caught.value.where == f'{path}, row 0 (None)'


def test_images_of_the_file_itself(tmp_path: Path, arrow: Any) -> None:
    """Two rows without a name are not two images of one name."""
    rows = {'height': [48, 48], 'width': [64, 64]}
    nameless = written(tmp_path / 'n.parquet', {'image': arrow.array([None, None], arrow.string()), **rows})
    with pytest.raises(ProposalError, match='names no image') as caught:
        ParquetTable().catalogue(nameless)
    assert caught.value.where == f'{nameless}, row 0'
    with pytest.raises(ProposalError, match='share a key') as caught:
        ParquetTable().catalogue(written(tmp_path / 'd.parquet', {'image': ['a.jpg', 'a.jpg'], **rows}))
    assert caught.value.found == 'a.jpg'


@pytest.mark.usefixtures('arrow')
def test_cut(tmp_path: Path, entries: list[ImageEntry], to_store: Callable) -> None:
    ParquetTable().write(tmp_path / 'p.parquet', entries)
    whole = (tmp_path / 'p.parquet').read_bytes()
    for end in (0, 3, len(whole) // 2, len(whole) - 1):
        (tmp_path / 'p.parquet').write_bytes(whole[:end])
        with pytest.raises(ProposalError, match='damaged or cut short') as caught:
            to_store(tmp_path / 'p.parquet', ParquetTable())
        assert caught.value.where == tmp_path / 'p.parquet'


def test_without_pyarrow(tmp_path: Path, entries: list[ImageEntry], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'pyarrow', None)
    for action in (lambda: list(ParquetTable().read(tmp_path)), lambda: ParquetTable().write(tmp_path / 'x', entries)):
        with pytest.raises(ProposalError, match='need pyarrow') as caught:
            action()
        assert caught.value.fix == "pip install 'mlkd[parquet]'"
