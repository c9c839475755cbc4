"""``mlkd init FOLDER LABELS``: what it checks, writes and says, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import pytest
from photo_toys import drawn, make_labelled, write_photo

from mlkd.apis.cli import main_of
from mlkd.apis.setup_config import setup_config
from mlkd.console import console
from mlkd.engine.config_check import check_recipe
from mlkd.engine.recipe import Recipe


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights lie about, and tables break no line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('MLKD_WEIGHTS', raising=False)
    monkeypatch.setattr(console, 'width', 200)


def init(*words: object) -> int:
    return main_of('init', [*map(str, words), '--processes', '1'])


def test_copies_stay_in_one_split_and_the_config_runs_the_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, labels = make_labelled(tmp_path, 30)
    image = cv2.imread(str(photos / '003.png'))
    write_photo(photos / 'copies' / 'mirrored.jpg', image[:, ::-1].copy())
    write_photo(photos / 'copies' / 'small.png', cv2.resize(image, (48, 40), interpolation=cv2.INTER_AREA))
    said = next(row for row in labels.read_text().splitlines() if row.startswith('003;')).split(';')[1]
    labels.write_text(labels.read_text() + f'\nmirrored;{said}\nsmall;{said}\n')
    assert init(photos, labels, '--out', tmp_path / 'My own', '--seed', 1) == 0
    text = capsys.readouterr().out
    assert 'copies/mirrored.jpg' in text
    assert 'all decoded' in text
    assert 'FROM SCRATCH' in text
    assert "mlkd train 'My own/My own.py'" in text
    splits = json.loads((tmp_path / 'My own' / 'splits.json').read_text())
    copies = {'003.png', 'copies/mirrored.jpg', 'copies/small.png'}
    assert [len(copies & set(keys)) for keys in splits.values()] in ([3, 0], [0, 3])
    assert sorted(key for keys in splits.values() for key in keys) == sorted(
        path.relative_to(photos).as_posix() for path in photos.rglob('*.*')
    )
    path = tmp_path / 'My own' / 'My own.py'
    assert len(path.read_text().splitlines()) < 40
    config = setup_config(path)
    recipe = Recipe(config)
    check_recipe(recipe)
    assert recipe.stages == ('teacher', 'feature', 'student', 'baseline')
    assert recipe.described('teacher')['model']['bbox_head']['num_classes'] == 3
    assert config.work_dir == str(tmp_path / 'My own' / 'run')
    assert '_scope_' not in str(config)


def test_the_same_seed_gives_the_same_splits(tmp_path: Path) -> None:
    photos, labels = make_labelled(tmp_path, 24)
    for out, seed in (('a', 0), ('b', 0), ('c', 1)):
        assert init(photos, labels, '--out', tmp_path / out, '--seed', seed, '--test-share', 0.2) == 0
    a, b, c = ((tmp_path / out / 'splits.json').read_text() for out in 'abc')
    assert a == b != c
    assert [len(keys) for keys in json.loads(a).values()] == pytest.approx([14, 5, 5], abs=1)
    assert setup_config(tmp_path / 'a' / 'a.py').test_dataloader.dataset.split == 'test'


def test_splits_of_the_file_of_labels_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos, labels = make_labelled(tmp_path, 12)
    shutil.copy(photos / '000.png', photos / '011.png')
    head, *rows = labels.read_text().splitlines()
    rows[11] = rows[0].replace('000;', '011;')
    rows = [f'{row};{"training" if number < 8 else "test"}' for number, row in enumerate(rows)]
    labels.write_text('\n'.join([f'{head};split', *rows]))
    assert init(photos, labels, '--out', tmp_path / 'out') == 0
    splits = json.loads((tmp_path / 'out' / 'splits.json').read_text())
    assert [len(keys) for keys in splits.values()] == [8, 4]
    assert list(splits) == ['train', 'val']
    assert 'in several splits' in capsys.readouterr().out


def test_notes_on_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos, labels = make_labelled(tmp_path, 12)
    write_photo(photos / 'x.png', drawn([], 99))
    write_photo(photos / 'y.png', drawn([], 98))
    labels.write_text(labels.read_text() + '\nx;Disc\ny;\n')
    assert init(photos, labels, '--out', tmp_path / 'out') == 0
    text = capsys.readouterr().out
    assert "These count as different labels: 'Disc', 'disc'" in text
    assert 'fewer than 10 photos in train' in text
    assert 'no photo in val: not measured' in text
    assert '1 photos show none of the labels' in text


def wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert init(*words) == 1
    captured = capsys.readouterr()
    assert 'Traceback' not in captured.err
    assert not (tmp_path / 'work_dirs').exists()
    return captured.err


def test_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos, labels = make_labelled(tmp_path, 12)
    good = labels.read_text()
    assert 'among the photos' in wrong(tmp_path, capsys, photos, labels, '--out', photos / 'out')
    assert 'no such folder' in wrong(tmp_path, capsys, tmp_path / 'fotos', labels)
    assert 'did you mean labels.csv' in wrong(tmp_path, capsys, photos, tmp_path / 'label.csv')
    for shares in (('--val-share', 0), ('--val-share', 0.5, '--test-share', 0.5), ('--test-share', -1)):
        assert 'shares' in wrong(tmp_path, capsys, photos, labels, *shares)
    labels.write_text(good + '\n100;disc')
    assert 'line 14: 100 (did you mean' in wrong(tmp_path, capsys, photos, labels)
    labels.write_text('\n'.join(good.splitlines()[:-1]))
    assert 'no row for 011.png' in wrong(tmp_path, capsys, photos, labels)
    labels.write_text('file;labels\n' + ''.join(f'{i:03d};disc\n' for i in range(12)))
    assert 'one label alone' in wrong(tmp_path, capsys, photos, labels)
    labels.write_text(good)
    (photos / '004.png').write_text('no image')
    (photos / '005.png').write_bytes((photos / '006.png').read_bytes()[:200])
    text = wrong(tmp_path, capsys, photos, labels)
    assert '004.png: An image file cannot be decoded' in text
    assert '005.png' in text


def test_two_photos_and_twelve_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos, labels = make_labelled(tmp_path / 'two', 2)
    labels.write_text('000;disc\n001;bar\n')
    assert 'too few photos' in wrong(tmp_path, capsys, photos, labels)
    photos, labels = make_labelled(tmp_path / 'same', 12)
    for path in photos.iterdir():
        write_photo(path, drawn(['disc'], 5))
    assert 'too many show the same' in wrong(tmp_path, capsys, photos, labels)


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos, labels = make_labelled(tmp_path, 12)
    assert init(photos, labels) == 0
    before = (tmp_path / 'work_dirs' / 'photos' / 'splits.json').read_bytes()
    assert init(photos, labels, '--seed', 3) == 1
    assert 'already' in capsys.readouterr().err
    assert (tmp_path / 'work_dirs' / 'photos' / 'splits.json').read_bytes() == before


def test_unlabelled_photos_are_left_out_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos, labels = make_labelled(tmp_path, 14)
    labels.write_text('\n'.join(labels.read_text().splitlines()[:-2]))
    assert init(photos, labels, '--unlabelled', 'drop') == 0
    assert '2 photos without labels are left out' in capsys.readouterr().out
    config = setup_config(tmp_path / 'work_dirs' / 'photos' / 'photos.py')
    assert config.train_dataloader.dataset.unlabelled == 'drop'
