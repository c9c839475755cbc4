"""Where counts, names and partitions come from."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from mlkd.apis.partition.sources import add_count_arguments, counts_of, label_order, partition_of
from mlkd.errors import ConfigError, PartitionError
from mlkd.partition import Partition, published_order, read_counts, write_partition


def arguments(*words: object, required: bool = False) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_count_arguments(parser, required=required)
    return parser.parse_args([*map(str, words)])


@pytest.mark.parametrize(
    ('name', 'content'),
    [
        ('names.txt', 'dog\n  hot dog \n\nemu\n'),
        ('names.json', '["dog", "hot dog", "emu"]'),
        ('names', 'dog\nhot dog\nemu'),
    ],
)
def test_names_of_a_file(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert label_order(str(tmp_path / name)) == ('dog', 'hot dog', 'emu')


def test_names_of_published_data_sets() -> None:
    assert label_order('coco') == published_order('coco')
    assert len(label_order('nuswide') or ()) == 81
    assert label_order(None) is None


@pytest.mark.parametrize(
    ('name', 'content'),
    [('none.txt', None), ('names.json', b'["dog"'), ('names.txt', b'\xff\xfe\xff'), ('folder.txt', 'folder')],
)
def test_names_that_cannot_be_read(tmp_path: Path, name: str, content: object) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    with pytest.raises(ConfigError, match='cannot be read') as caught:
        label_order(str(path))
    assert caught.value.where == f'--classes {path}'


@pytest.mark.parametrize('content', ['["dog", "dog"]', '{"dog": 1}', '3', '["dog", 3]'])
def test_what_are_no_names(tmp_path: Path, content: str) -> None:
    (tmp_path / 'names.json').write_text(content)
    with pytest.raises(PartitionError):
        label_order(str(tmp_path / 'names.json'))


def test_counts_come_from_one_place(counts: Path) -> None:
    assert counts_of(arguments()) is None
    found = counts_of(arguments('--counts', counts))
    assert found is not None
    assert found.checksum == read_counts(counts).checksum
    with pytest.raises(argparse.ArgumentError, match='not allowed with'):
        arguments('--counts', counts, '--config', 'x.py')


def test_a_partition_is_a_file_or_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert partition_of('coco:cgp:5') == Partition.published('coco', 'cgp', 5)
    made = Partition((('a', 'b'), ('c',)), ('a', 'b', 'c'))
    monkeypatch.chdir(tmp_path)
    # What is there goes before what is published.
    write_partition(made, tmp_path / 'coco:cgp:5')
    assert partition_of('coco:cgp:5').parts == made.parts


@pytest.mark.parametrize('text', ['coco:cgp', 'coco', 'coco:cgp:five', 'coco:cgp:-5', 'imagenet:cgp:5', 'coco:x:5'])
def test_what_is_no_partition(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ConfigError, PartitionError)):
        partition_of(text)
