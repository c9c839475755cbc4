"""``proposals check``: a table, a file, and an exit code that says whether something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlkd.apis.cli import main
from mlkd.errors import DataError
from tests.proposals.raw_store import write_raw

BOX = [2, 2, 30, 30]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images of 60 x 40."""
    (tmp_path / 'photos').mkdir()
    for name in ('1.png', '2.png', '3.png'):
        cv2.imwrite(str(tmp_path / 'photos' / name), np.zeros((40, 60, 3), np.uint8))
    return tmp_path / 'photos'


def check(*words: object) -> int:
    return main(['proposals', 'check', *map(str, words)])


def test_a_good_store(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = write_raw(tmp_path / 'a.mlkd', {f'{i}.png': ([BOX], None, (40, 60)) for i in (1, 2, 3)})
    assert check(store.path, '--images', folder) == 0
    shown = capsys.readouterr().out
    assert 'Nothing is wrong.' in shown
    assert '3 images compared' in shown
    assert check(store.path) == 0


def test_everything_that_is_wrong(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = {
        '1.png': ([BOX, BOX, [0, 0, 3, 30], [50, 0, 70, 10]], [1, 1, 1, np.nan], (40, 60)),
        '2.png': ([], None, (41, 60)),
        'x/3.png': ([BOX, [0, 0, 9, 9]], None, (40, 60)),
    }
    store = write_raw(tmp_path / 'a.mlkd', images)
    out = tmp_path / 'found.json'
    assert check(store.path, '--images', folder, '--min', 3, '--min-side', 4, '--json', out) == 1
    report = json.loads(out.read_text())
    found = {one['check']: (one['images'], one['boxes']) for one in report['checks'] if one['wrong']}
    assert found == {
        'every image has an entry': (['3.png'], None),
        'every entry has an image': (['x/3.png'], None),
        'images are as large as stored': (['2.png'], None),
        'every image has boxes': (['2.png'], None),
        'every image has 3 boxes': (['x/3.png'], None),
        'scores are finite': (['1.png'], 1),
        'boxes lie in their images': (['1.png'], 1),
        'each box is there once': (['1.png'], 1),
        'boxes are 4 px wide and high': (['1.png'], 1),
    }
    assert report['wrong'] == len(found)
    assert (report['header']['images'], report['min'], report['min_side']) == (3, 3, 4)
    shown = capsys.readouterr().out
    assert 'x/3.png?' in shown
    assert '9 of 13 checks found something wrong.' in shown


def test_no_more_than_five_are_shown(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = write_raw(tmp_path / 'a.mlkd', {f'none{index}.jpg': ([BOX], None, (40, 60)) for index in range(9)})
    assert check(store.path, '--images', folder) == 1
    shown = capsys.readouterr().out
    assert [f'none{index}.jpg' in shown for index in range(9)] == [True] * 5 + [False] * 4
    assert '... and 4 more' in shown


def test_a_store_cut_in_the_middle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = write_raw(tmp_path / 'a.mlkd', {'1.png': ([BOX] * 9, None, (40, 60))})
    path = store.path / 'boxes.npy'
    path.write_bytes(path.read_bytes()[:150])
    assert check(store.path, '--json', tmp_path / 'found.json') == 1
    assert '150 bytes' in json.loads((tmp_path / 'found.json').read_text())['checks'][0]['examples'][0]
    assert '1 of 1 checks found something wrong.' in capsys.readouterr().out


def test_images_that_disappeared(make_voc, tmp_path: Path) -> None:
    root = make_voc()
    config = tmp_path / 'config.py'
    dataset = {'type': 'VOCMultiLabel', 'split': 'trainval', 'data_root': str(root)}
    config.write_text(f'train_dataloader = dict(batch_size=1, dataset={dataset})')
    keys = [f'JPEGImages/00000{index}.jpg' for index in (1, 2, 3, 4)]
    store = write_raw(tmp_path / 'a.mlkd', {key: ([BOX], None, (48, 64)) for key in keys})
    assert check(store.path, '--images', config) == 0
    (root / 'VOCdevkit' / 'VOC2007' / keys[1]).unlink()
    out = tmp_path / 'found.json'
    assert check(store.path, '--images', config, '--json', out) == 1
    wrong = [one for one in json.loads(out.read_text())['checks'] if one['wrong']]
    assert [(one['check'], one['images']) for one in wrong] == [('images are as large as stored', [keys[1]])]
    assert 'cannot be read' in wrong[0]['examples'][0]


def test_names_that_are_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = b'caf\xe9[red].png'.decode(errors='surrogateescape')
    store = write_raw(tmp_path / 'a.mlkd', {name: ([], [], (40, 60))})
    assert check(store.path, '--json', tmp_path / 'found.json') == 1
    assert '"caf\\\\xe9[red].png"' in (tmp_path / 'found.json').read_text()
    assert '[red]' in capsys.readouterr().out


@pytest.mark.parametrize('option', ['--min=0', '--min=-5', '--min-side=-1', '--min-side=nan'])
def test_limits_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    store = write_raw(tmp_path / 'a.mlkd', {'1.png': ([BOX], None, (40, 60))})
    assert check(store.path, option) == 1
    assert f'where: {option.partition("=")[0]}' in capsys.readouterr().err
    assert check(store.path, '--min', 1, '--min-side', 0) == 0


def test_no_images_to_compare_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = write_raw(tmp_path / 'a.mlkd', {'1.png': ([BOX], None, (40, 60))})
    assert check(store.path, '--images', tmp_path / 'nowhere') == 1
    assert DataError.__name__ in capsys.readouterr().err
    assert check(store.path, '--images', tmp_path / 'confg.py') == 1
    assert 'no such config file' in capsys.readouterr().err
