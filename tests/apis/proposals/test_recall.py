"""``proposals recall``: tables and a plot of stores, on a data set with boxes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlkd.apis.cli import main
from tests.proposals.raw_store import write_raw

SIZE = (48, 64)
KEYS = [f'JPEGImages/00000{index}.jpg' for index in range(1, 7)]
#: Objects of the split trainval that count: those that are not difficult.
OBJECTS = {
    KEYS[0]: [[10, 5, 30, 25]],
    KEYS[1]: [[1, 2, 33, 44]],
    KEYS[2]: [[5, 5, 20, 40]],
    KEYS[3]: [[8, 8, 60, 40], [0, 0, 4, 4]],
}


@pytest.fixture
def config(make_voc, tmp_path: Path) -> Path:
    """VOC with lists trainval and test."""
    loader = "dict(batch_size=1, dataset=dict(type='VOCMultiLabel', split='{}', data_root='" + str(make_voc()) + "'))"
    path = tmp_path / 'voc.py'
    path.write_text(f'train_dataloader = {loader.format("trainval")}\ntest_dataloader = {loader.format("test")}\n')
    return path


def recall(*words: object) -> int:
    return main(['proposals', 'recall', *map(str, words)])


def stores(folder: Path) -> list[Path]:
    """One that has each object as its second box, and one that has the whole image."""
    exact = {key: ([[0, 0, 2, 2], *boxes], None, SIZE) for key, boxes in OBJECTS.items()}
    whole = {key: ([[0, 0, 64, 48]], None, SIZE) for key in OBJECTS}
    return [write_raw(folder / f'{name}.mlkd', images).path for name, images in (('exact', exact), ('whole', whole))]


def test_by_hand(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exact, whole = stores(tmp_path)
    out = tmp_path / 'out'
    assert recall(exact, whole, '--config', config, '--numbers', 1, 2, 100, '--out', out) == 0
    report = json.loads((out / 'recall.json').read_text())
    assert (report['split'], report['images'], report['ignored']) == ('train', 4, 2)
    found = report['stores']['exact']
    assert (found['all']['objects'], found['all']['R50'], found['all']['AR@100']) == (5, 100, 100)
    assert (found['all']['AR@1'], found['all']['AR@2']) == (0, 80)
    assert found['boxes_within'] == {'1': 1, '2': 2, '100': 2.25}
    assert {name: told['objects'] for name, told in found['classes'].items()} == {
        'bird': 1,
        'cat': 1,
        'dog': 1,
        'person': 1,
        'train': 1,
    }
    assert {name: told['objects'] for name, told in found['sizes'].items()} == {'small': 3, 'medium': 2, 'large': 0}
    # The whole image overlaps the train by 52 * 32 of 64 * 48: 0.5417, and no other object so much.
    assert report['stores']['whole']['all']['R50'] == 20
    assert report['stores']['whole']['classes']['train']['AR@1'] == 10
    page = (out / 'recall.md').read_text()
    assert '| exact | 2.2 | 100.0 | 100.0 | 0.0 | 80.0 | 100.0 |' in page
    assert '## whole' in page
    assert '2 that are difficult or crowds are left out' in page
    assert (out / 'recall.png').read_bytes().startswith(b'\x89PNG')
    assert 'exact: recall (%) by number of boxes' in capsys.readouterr().out


def test_the_first_split_that_the_stores_are_for(config: Path, tmp_path: Path, capsys) -> None:
    box = ([[20, 10, 50, 40]], None, SIZE)
    both = write_raw(tmp_path / 'both.mlkd', dict.fromkeys(KEYS, box)).path
    assert recall(both, '--config', config) == 0
    assert 'of split test' in capsys.readouterr().out.replace('\n', '')
    # The objects of the two images of the test set: one is difficult.
    assert recall(both, '--config', config, '--split', 'train') == 0
    assert '5 objects in 4 images' in capsys.readouterr().out.replace('\n', '')


def test_lists_of_other_splits_need_not_be_there(config: Path, tmp_path: Path, capsys) -> None:
    both = write_raw(tmp_path / 'both.mlkd', dict.fromkeys(KEYS, ([[20, 10, 50, 40]], None, SIZE))).path
    assert recall(both, '--config', config, '--cfg-options', 'train_dataloader.dataset.split=gone') == 0
    assert 'of split test' in capsys.readouterr().out.replace('\n', '')
    assert recall(both, '--config', config, '--cfg-options', 'test_dataloader.dataset.split=gone') == 0
    assert 'of split train' in capsys.readouterr().out.replace('\n', '')


def test_a_store_for_other_images(config: Path, tmp_path: Path, capsys) -> None:
    other = write_raw(tmp_path / 'other.mlkd', {f'00000{i}.jpg': ([[0, 0, 9, 9]], None, SIZE) for i in (1, 2)}).path
    assert recall(other, '--config', config) == 1
    shown = capsys.readouterr().err
    assert 'not for the images of any split' in shown
    assert 'test: 2 images have no entry' in shown
    assert recall(other, '--config', config, '--split', 'train') == 1
    assert 'did you mean 000001.jpg?' in capsys.readouterr().err


def test_data_that_are_not_there(config: Path, tmp_path: Path, capsys) -> None:
    """Nothing can be said of the store."""
    assert recall(stores(tmp_path)[0], '--config', config, '--data-root', tmp_path / 'none') == 1
    shown = capsys.readouterr().err
    assert shown.startswith('DataError: The data set is not there.')
    assert str(tmp_path / 'none') in shown


def test_wrong_arguments(config: Path, tmp_path: Path, capsys) -> None:
    exact, _ = stores(tmp_path)
    assert recall(exact, exact, '--config', config) == 1
    assert 'named twice' in capsys.readouterr().err
    assert recall(exact, '--config', config, '--numbers', 0) == 1
    assert '--numbers' in capsys.readouterr().err
    assert recall(tmp_path / 'none.mlkd', '--config', config) == 1
    assert 'no proposal store' in capsys.readouterr().err


def test_stores_of_one_name(config: Path, tmp_path: Path) -> None:
    (tmp_path / 'b').mkdir()
    first, second = stores(tmp_path)[0], stores(tmp_path / 'b')[0]
    assert recall(first, second, '--config', config, '--out', tmp_path / 'out') == 0
    names = json.loads((tmp_path / 'out' / 'recall.json').read_text())['stores']
    assert list(names) == [str(first), str(second)]
