"""``mlkd partition make`` as its user calls it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis.cli import main
from mlkd.partition import LabelCounts, Partition, read_counts, read_partition, write_partition
from tests.partition.place_labels import PLACES, place_labels

CONFIG = """
train_dataloader = dict(batch_size=2, sampler=dict(type='DefaultSampler', shuffle=True), dataset={dataset})
"""
SHAPES = "dict(type='Shapes', split='train', num_images=40, pipeline=[])"


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
    # Each image twice, as it is trained on.
    assert found.images[found.classes.index('dog')] == 2
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
