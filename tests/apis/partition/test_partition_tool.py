"""``mlkd partition``: each action as its user calls it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from mlkd.apis.cli import main
from mlkd.partition import (
    LabelCounts,
    Partition,
    published_order,
    read_counts,
    read_partition,
    write_counts,
    write_partition,
)
from tests.partition.place_labels import PLACES, place_labels

CONFIG = """
train_dataloader = dict(batch_size=2, sampler=dict(type='DefaultSampler', shuffle=True), dataset={dataset})
"""
SHAPES = "dict(type='Shapes', split='train', num_images=40, pipeline=[])"


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    return write_counts(LabelCounts.of_labels(*place_labels(), 'places'), tmp_path / 'places.npz')


def call(*words: object) -> int:
    return main(['partition', *map(str, words)])


def test_make_from_a_file(counts: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / 'new' / 'cgp3.json'
    assert call('make', '--counts', counts, '--graph', 'cgp', '--parts', 3, '--seed', 2, '--out', out) == 0
    found = read_partition(out)
    assert {frozenset(part) for part in found.parts} == {frozenset(place) for place in PLACES}
    assert (found.graph, found.rho, found.seed, found.counts) == ('cgp', 0.5, 2, read_counts(counts).checksum)
    printed = capsys.readouterr().out
    assert 'kept inside parts: 0.8' in printed
    assert 'places CGP K = 3 (rho 0.5, seed 2)' in printed
    assert 'boat, harbour, sea' in printed


def test_nothing_is_written_over(counts: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    words = ['make', '--counts', counts, '--graph', 'random', '--out', tmp_path / 'a.json', '--parts']
    assert call(*words, 2) == 0
    assert call(*words, 3) == 1
    assert 'There is such a file already' in capsys.readouterr().err
    assert read_partition(tmp_path / 'a.json').num_parts == 2
    assert call(*words, 3, '--overwrite') == 0
    assert read_partition(tmp_path / 'a.json').num_parts == 3


def test_random_parts_with_the_sizes_of_others(counts: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    other = write_partition(Partition.of(read_counts(counts), 'cgp', 3), tmp_path / 'cgp3.json')
    words = [
        'make',
        '--counts',
        counts,
        '--graph',
        'random',
        '--sizes-of',
        other,
        '--out',
        tmp_path / 'r.json',
        '--parts',
    ]
    assert call(*words, 3) == 0
    assert sorted(read_partition(tmp_path / 'r.json').sizes) == [2, 3, 3]
    assert call(*words, 2, '--overwrite') == 1
    assert '3 parts in' in capsys.readouterr().err


def test_make_from_a_config(tmp_path: Path, make_voc: Callable[..., Path]) -> None:
    config = tmp_path / 'config.py'
    both = "dict(type='ConcatDataset', datasets=[dict(type='VOCMultiLabel', split='trainval', data_root='x')] * 2)"
    config.write_text(CONFIG.format(dataset=both))
    saved, out = tmp_path / 'voc.npz', tmp_path / 'a.json'
    words = ['make', '--config', config, '--data-root', make_voc(), '--graph', 'dgp', '--parts', 4, '--out', out]
    assert call(*words, '--save-counts', saved) == 0
    found = read_counts(saved)
    assert found.images[found.classes.index('dog')] == 1
    assert read_partition(out, found.classes).counts == found.checksum
    config.write_text(CONFIG.format(dataset=SHAPES))
    assert call('make', '--config', config, '--graph', 'cgp', '--parts', 2, '--out', tmp_path / 'b.json') == 0
    assert read_partition(tmp_path / 'b.json').dataset == 'shapes-0'


@pytest.mark.parametrize(
    ('words', 'text'),
    [
        (['--graph', 'cgp', '--parts', 9], '1 to 8'),
        (['--graph', 'cgp', '--parts', 2, '--rho', 0], 'not above 0'),
        (['--graph', 'random', '--parts', 2, '--rho', 1], 'no exponent'),
        (['--graph', 'cgp', '--parts', 3, '--sizes-of', 'coco:cgp:3'], 'Only random parts'),
        (['--graph', 'random', '--parts', 3, '--sizes-of', 'coco:cgp:3'], 'sum to 8'),
        (['--graph', 'cgp', '--parts', 3, '--counts', 'none.npz'], 'no such file'),
        (['--graph', 'cgp', '--parts', 2, '--save-counts', 'a.json', '--out', 'a.json'], 'cannot be one file'),
    ],
)
def test_make_what_cannot_be(
    counts: Path,
    tmp_path: Path,
    words: list,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call('make', '--counts', counts, '--out', tmp_path / 'a.json', *words) == 1
    assert text in capsys.readouterr().err
    assert not (tmp_path / 'a.json').exists()


def test_counts_of_the_reference_need_names(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    counts = LabelCounts.of_labels(*place_labels(), 'places')
    (tmp_path / 'adj.pkl').write_bytes(pickle.dumps({'adj': counts.pairs, 'nums': counts.images}))
    words = ['make', '--counts', tmp_path / 'adj.pkl', '--graph', 'cgp', '--parts', 3, '--out', tmp_path / 'a.json']
    assert call(*words) == 1
    assert '--classes' in capsys.readouterr().err
    (tmp_path / 'names.txt').write_text('\n'.join(counts.classes) + '\n')
    (tmp_path / 'names.json').write_text(json.dumps(counts.classes))
    for name in ('names.txt', 'names.json'):
        assert call(*words, '--classes', tmp_path / name, '--overwrite') == 0
        assert read_partition(tmp_path / 'a.json').counts == counts.checksum
    for name in ('coco', 'missing.txt'):
        assert call(*words, '--classes', name, '--overwrite') == 1
    assert 'names of the labels cannot be read' in capsys.readouterr().err


def test_a_name_that_a_list_lacks_shifts_nothing(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / 'names.json').write_text(json.dumps(['a', None, 'b', 'c']))
    (tmp_path / 'counts.json').write_text(json.dumps({'nums': [3, 2, 1], 'adj': [[0] * 3] * 3}))
    words = ['make', '--counts', tmp_path / 'counts.json', '--graph', 'cgp', '--parts', 2, '--out', tmp_path / 'a.json']
    assert call(*words, '--classes', tmp_path / 'names.json') == 1
    assert 'Labels have no names' in capsys.readouterr().err


def test_a_label_without_images_is_told(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pairs = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0] * 4]
    counts = {'classes': list('abcd'), 'nums': [3, 2, 1, 0], 'adj': pairs}
    (tmp_path / 'counts.json').write_text(json.dumps(counts))
    words = ['--counts', tmp_path / 'counts.json', '--graph', 'cgp', '--parts', 2, '--out', tmp_path / 'a.json']
    assert call('make', *words) == 0
    assert 'no image has d' in capsys.readouterr().out


def test_show_draws(counts: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = write_partition(Partition.of(read_counts(counts), 'dgp', 2), tmp_path / 'a.json')
    out = tmp_path / 'a.png'
    assert call('show', path, '--counts', counts, '--out', out) == 0
    assert cv2.imread(str(out)).std() > 10
    printed = capsys.readouterr().out
    assert str(out) in printed
    assert 'Normalised cut' in printed
    assert 'other counts' not in printed
    half = write_counts(LabelCounts.of_labels(*place_labels(300), 'places'), tmp_path / 'half.json')
    assert call('show', path, '--counts', half, '--out', out) == 0
    assert 'made from other counts' in capsys.readouterr().out


def test_show_a_published_partition_without_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call('show', 'coco:dgp:5') == 0
    printed = capsys.readouterr().out
    assert 'coco DGP K = 5 (rho 0.3333)' in printed
    assert '--counts' in printed
    assert not list(tmp_path.iterdir())
    for name, text in (('coco:dgp:4', '2 or 3'), ('coco:dgp', 'coco:cgp:5'), ('none.json', 'no such')):
        assert call('show', name) == 1
        assert text in capsys.readouterr().err


def test_show_with_counts_of_other_labels(counts: Path, capsys: pytest.CaptureFixture) -> None:
    assert call('show', 'coco:cgp:5', '--counts', counts) == 1
    assert 'PartitionError' in capsys.readouterr().err


def test_compare(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    published = Partition.published('coco', 'dgp', 5)
    assert call('compare', 'coco:dgp:5', write_partition(published, tmp_path / 'a.json')) == 0
    assert 'The parts are the same' in capsys.readouterr().out
    swap = {'mouse': 'oven', 'oven': 'mouse'}
    parts = tuple(tuple(swap.get(name, name) for name in part) for part in published.parts)
    path = write_partition(Partition(parts[::-1], published.classes), tmp_path / 'b.json')
    assert call('compare', 'coco:dgp:5', path) == 0
    printed = capsys.readouterr().out
    assert '2 of 80 labels moved: mouse, oven' in printed
    assert call('compare', 'coco:dgp:5', 'coco:dgp:3') == 0
    printed = capsys.readouterr().out
    assert 'Adjusted Rand index: 0.' in printed
    # Two parts of the first have no match; the person alone is one of them.
    assert '3 (1)     │ -' in printed
    assert call('compare', 'coco:dgp:5', 'nuswide:dgp:5') == 1


def test_convert_to_the_reference_and_back(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    there, back = tmp_path / 'nus_coocurrence5_0.json', tmp_path / 'back.json'
    assert call('convert', 'nuswide:cgp:5', '--reference', '--out', there) == 0
    rows = json.loads(there.read_text())
    assert [len(row) for row in rows] == [21, 31, 4, 8, 17]
    assert call('convert', there, '--out', back) == 1
    assert '--classes coco' in capsys.readouterr().err
    assert call('convert', there, '--classes', 'nuswide', '--out', back) == 0
    assert read_partition(back).parts == Partition.published('nuswide', 'cgp', 5).parts
    assert call('convert', there, '--classes', 'coco', '--out', tmp_path / 'c.json') == 1
    assert 'another data set' in capsys.readouterr().err
    (tmp_path / 'order.txt').write_text('\n'.join(reversed(published_order('nuswide'))))
    words = ['convert', there, '--classes', 'nuswide', '--order', tmp_path / 'order.txt', '--reference']
    assert call(*words, '--out', tmp_path / 'd.json') == 0
    turned = json.loads((tmp_path / 'd.json').read_text())
    assert [[80 - int(index) for index in row] for row in turned] == [list(map(int, row)) for row in rows]
