"""``mlkd labels make``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from label_toys import TOY, write_labels

from mlkd.apis.cli import main_of
from mlkd.datasets.class_names import VOC
from mlkd.models.utils.label_vectors import read_label_vectors
from mlkd.partition import LabelCounts, read_counts


@pytest.fixture
def glove(tmp_path: Path) -> Path:
    words = {*VOC, 'tv', 'table', 'plant', 'alpha', *'abcd'}
    path = tmp_path / 'glove.txt'
    path.write_text('\n'.join(f'{word} {number} 1' for number, word in enumerate(sorted(words))))
    return path


def test_counts_and_vectors_of_a_config(
    make_voc: Callable[..., Path], glove: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = tmp_path / 'config.py', tmp_path / 'labels.npz'
    dataset = {'type': 'VOCMultiLabel', 'data_root': 'x', 'split': 'trainval', 'difficult': 'present'}
    loader = {'batch_size': 1, 'dataset': dataset}
    config.write_text(f'train_dataloader = {loader!r}\n')
    words = ['make', '--config', str(config), '--data-root', str(make_voc()), '--vectors', str(glove)]
    assert main_of('labels', [*words, '--out', str(out)]) == 0
    assert '20 labels, 5 labels of images, word vectors of width 2' in capsys.readouterr().out
    counts = read_counts(out)
    assert counts.classes == VOC
    assert {VOC[i]: n for i, n in enumerate(counts.images) if n} == {
        'bird': 1,
        'cat': 1,
        'dog': 1,
        'person': 1,
        'train': 1,
    }
    assert counts.pairs[VOC.index('bird'), VOC.index('train')] == 1
    assert read_label_vectors(out, ['person']).shape == (1, 2)


def test_all_data_sets_that_are_trained_on_as_one_are_counted(make_voc: Callable[..., Path], tmp_path: Path) -> None:
    config, out, root = tmp_path / 'config.py', tmp_path / 'labels.npz', str(make_voc())
    halves = [{'type': 'VOCMultiLabel', 'data_root': root, 'split': split} for split in ('trainval', 'test')]
    counts = []
    for dataset in ({'type': 'ConcatDataset', 'datasets': halves}, *halves):
        loader = {'batch_size': 1, 'dataset': dataset}
        config.write_text(f'train_dataloader = {loader!r}\n')
        assert main_of('labels', ['make', '--config', str(config), '--out', str(out), '--overwrite']) == 0
        counts.append(read_counts(out))
    both, trainval, test = counts
    assert both.images[VOC.index('dog')] == 2
    np.testing.assert_array_equal(both.images, (trainval + test).images)
    np.testing.assert_array_equal(both.pairs, (trainval + test).pairs)


def test_a_label_without_images_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = LabelCounts(('a', 'b'), np.array([3, 0]), np.zeros((2, 2), int))
    words = ['make', '--counts', str(write_labels(tmp_path / 'toy.npz', counts)), '--out', str(tmp_path / 'out.npz')]
    assert main_of('labels', words) == 0
    assert 'no image has b' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('alias', 'text'), [('e=alpha', 'add --vectors'), ('f=alpha', 'a label that is not asked for')]
)
def test_aliases_that_would_do_nothing(
    tmp_path: Path, glove: Path, alias: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ['make', '--counts', str(write_labels(tmp_path / 'toy.npz')), '--out', str(tmp_path / 'out.npz')]
    vectors = ['--vectors', str(glove)] if alias.startswith('f') else []
    assert main_of('labels', [*words, '--alias', alias, *vectors]) == 1
    assert text in capsys.readouterr().err
    assert not (tmp_path / 'out.npz').exists()


def test_counts_of_a_file_with_aliases(tmp_path: Path, glove: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts, out = str(write_labels(tmp_path / 'toy.npz')), str(tmp_path / 'labels.npz')
    assert main_of('labels', ['make', '--counts', counts, '--vectors', str(glove), '--out', out]) == 1
    assert "e (no 'e')" in capsys.readouterr().err
    words = ['make', '--counts', counts, '--vectors', str(glove), '--alias', 'e=alpha', '--out', out]
    assert main_of('labels', words) == 0
    np.testing.assert_array_equal(read_counts(out).pairs, TOY.pairs)
    assert main_of('labels', ['make', '--counts', counts, '--out', out, '--overwrite']) == 0
    assert 'no word vectors' in capsys.readouterr().out


@pytest.mark.parametrize('words', [['--alias', 'e'], ['--out', 'labels.txt'], ['--order', 'vocs']])
def test_words_that_make_no_sense(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    counts = str(write_labels(tmp_path / 'toy.npz'))
    assert main_of('labels', ['make', '--counts', counts, '--out', str(tmp_path / 'x.npz'), *words]) == 1
    assert words[1] in capsys.readouterr().err


def test_nothing_is_written_over_unless_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out := tmp_path / 'out.npz').write_text('mine')
    words = ['make', '--counts', str(write_labels(tmp_path / 'toy.npz')), '--out', str(out)]
    assert main_of('labels', words) == 1
    assert '--overwrite' in capsys.readouterr().err
    assert out.read_text() == 'mine'
    assert main_of('labels', [*words, '--overwrite']) == 0
    assert read_counts(out).classes == read_counts(tmp_path / 'toy.npz').classes
