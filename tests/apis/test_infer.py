from __future__ import annotations

import argparse
import csv
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from detector_toy import CONFIG, write_detector
from network_toy import CLASSES, FRAME, write_toy_run
from odd_images import write_broken, write_good
from PIL import Image

from mlkd.apis import infer
from mlkd.apis.cli import main_of
from mlkd.apis.photos.files import photo_pixels
from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.errors import ConfigError, DataError

PIPELINE = f"""[
    dict(type='LoadImage'),
    dict(type='Warp', size={FRAME}),
    dict(type='TopProposals', n=5),
    dict(type='PackMultiLabel'),
]"""


@pytest.fixture(scope='module')
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('run')
    return write_toy_run(folder, f"dict(type='ColouredPatches', pipeline={PIPELINE})")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two photos of different shapes, one deeper down, and a file that is none."""
    folder = tmp_path / 'photos'
    (folder / 'more').mkdir(parents=True)
    rng = np.random.default_rng(0)
    cv2.imwrite(str(folder / 'b.png'), rng.integers(0, 256, (30, 50, 3), dtype=np.uint8))
    cv2.imwrite(str(folder / 'more' / 'a.JPG'), rng.integers(0, 256, (70, 40, 3), dtype=np.uint8))
    (folder / 'notes.txt').write_text('no photo')
    return folder


def run_infer(toy: Path, *arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    infer.add_arguments(parser)
    fixed = ['--config', str(toy / 'toy.py'), '--checkpoint', str(toy / 'student.pth')]
    return infer.run(parser.parse_args([*map(str, arguments), *fixed]))


def test_a_folder_of_photos_gets_labels_with_scores(
    toy: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert run_infer(toy, photos, '--out', tmp_path / 'out.json', '--threshold', '0') == 0
    entries = json.loads((tmp_path / 'out.json').read_text())
    assert [entry['image'] for entry in entries] == [str(photos / 'b.png'), str(photos / 'more' / 'a.JPG')]
    assert all(list(entry['scores']) == list(CLASSES) for entry in entries)
    assert all(set(entry['labels']) == set(CLASSES) for entry in entries)
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    by_score = sorted(entries[0]['scores'].items(), key=lambda item: -item[1])
    assert len({round(score, 3) for _, score in by_score}) == 3
    assert printed[0] == ['photo', 'label', 'score', 'threshold']
    rows = [[name, f'{score:.3f}', '0.000'] for name, score in by_score]
    assert printed[1:4] == [[str(photos / 'b.png'), *rows[0]], *rows[1:]]


def test_csv_has_the_same_numbers(toy: Path, photos: Path, tmp_path: Path):
    run_infer(toy, photos, '--out', tmp_path / 'out.json')
    run_infer(toy, photos, '--out', tmp_path / 'out.csv')
    entries = json.loads((tmp_path / 'out.json').read_text())
    with open(tmp_path / 'out.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['image'] for row in rows] == [entry['image'] for entry in entries]
    for row, entry in zip(rows, entries, strict=True):
        assert row['labels'] == ';'.join(entry['labels'])
        assert {name: float(row[name]) for name in CLASSES} == pytest.approx(entry['scores'], abs=1e-6)


def test_nothing_above_the_threshold_is_said_so(toy: Path, photos: Path, capsys: pytest.CaptureFixture[str]):
    assert run_infer(toy, photos / 'b.png', '--threshold', '1') == 0
    assert capsys.readouterr().out.splitlines()[1].split() == [str(photos / 'b.png'), '-']


def test_broken_photos_are_skipped_and_listed(
    toy: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (photos / 'broken.jpg').write_bytes(b'\xff\xd8\xff nothing')
    assert run_infer(toy, photos, '--out', tmp_path / 'out.csv') == 1
    assert f'Skipped {photos / "broken.jpg"}: ' in capsys.readouterr().out
    assert 'broken.jpg' not in (tmp_path / 'out.csv').read_text()
    assert len((tmp_path / 'out.csv').read_text().splitlines()) == 3


def test_files_as_people_have_them(toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    good = write_good(tmp_path)
    for name in (b'caf\xe9 [bold].png', b'a' * 251 + b'.png'):
        Path(os.fsdecode(bytes(tmp_path) + b'/' + name)).symlink_to('transparent.png')
    out = tmp_path.parent / 'out.csv'
    fixed = ['--config', toy / 'toy.py', '--checkpoint', toy / 'student.pth', '--threshold', '0']
    assert main_of('infer', [*map(str, [tmp_path, '--out', out, *fixed])]) == 0
    printed = capsys.readouterr().out
    assert printed.count(' red ') == len(good) + 2
    assert '写真' in printed
    assert 'caf\\xe9 [bold].png ' in printed
    with open(out, newline='', encoding='utf-8') as file:
        names = {Path(row['image']).name for row in csv.DictReader(file)}
    assert names == {path.name for path in good} | {'caf\\xe9 [bold].png', 'a' * 251 + '.png'}
    odd = [path for path in tmp_path.iterdir() if path.name[:3] in ('caf', 'aaa', 'ünï', 'one')]
    assert main_of('infer', [*map(str, [*odd, '--pictures', tmp_path / 'drawn', *fixed])]) == 0
    assert len(list((tmp_path / 'drawn').iterdir())) == len(odd) == 5


def test_broken_files_are_skipped_each_with_what_is_wrong(
    toy: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    broken = write_broken(photos)
    assert run_infer(toy, photos, '--out', tmp_path / 'out.json') == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith('Skipped ')]
    for path, said in broken.items():
        if path.is_dir():  # It has the name of a photo, and is searched for photos.
            continue
        assert any(line.startswith(f'Skipped {path}: ') and said in line for line in lines), path
    assert len(lines) == len(broken) - 1
    assert len(json.loads((tmp_path / 'out.json').read_text())) == 2


def test_photos_are_seen_upright(toy: Path, tmp_path: Path):
    exif = Image.Exif()
    exif[274] = 6
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.integers(0, 256, (30, 60, 3), dtype=np.uint8), (9, 9), 4)
    Image.fromarray(noise).save(tmp_path / 'camera.jpg', exif=exif)
    stored = cv2.imread(str(tmp_path / 'camera.jpg'), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    cv2.imwrite(str(tmp_path / 'stored.png'), stored)
    cv2.imwrite(str(tmp_path / 'upright.png'), cv2.rotate(stored, cv2.ROTATE_90_CLOCKWISE))
    pipeline = StageNetwork.load(setup_config(toy / 'toy.py'), toy / 'student.pth').photo_network().pipeline
    camera, seen, kept = (
        pipeline(photo_pixels(tmp_path / name), name)['inputs'] for name in ('camera.jpg', 'upright.png', 'stored.png')
    )
    assert torch.equal(camera, seen)
    assert not torch.equal(camera, kept)


def test_pictures_are_written(toy: Path, photos: Path, tmp_path: Path):
    run_infer(toy, photos, '--pictures', tmp_path / 'drawn')
    names = sorted(path.name for path in (tmp_path / 'drawn').iterdir())
    assert [name[:2] for name in names] == ['a_', 'b_']
    assert cv2.imread(str(tmp_path / 'drawn' / names[0])) is not None


def test_wrong_arguments_are_errors(toy: Path, photos: Path, tmp_path: Path):
    with pytest.raises(DataError, match='no such file') as caught:
        run_infer(toy, photos / 'none.jpg')
    assert caught.value.where == photos / 'none.jpg'
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DataError, match='no photo'):
        run_infer(toy, tmp_path / 'empty')
    with pytest.raises(ConfigError, match='file type') as refused:
        run_infer(toy, photos, '--out', 'labels.xlsx')
    assert refused.value.found == 'labels.xlsx'


def detect(photos: Path, checkpoint: Path, *arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    infer.add_arguments(parser)
    fixed = ['--config', CONFIG, '--checkpoint', checkpoint, '--threshold', '0.05']
    return infer.run(parser.parse_args([str(word) for word in (photos, *fixed, *arguments)]))


@pytest.mark.parametrize('tta', [(), ('--tta',)])
def test_a_detector_gives_boxes_of_photos_without_proposals(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], tta: tuple[str, ...]
):
    checkpoint = write_detector(tmp_path)
    out = tmp_path / 'out.json'
    assert detect(photos, checkpoint, '--out', out, '--pictures', tmp_path / 'drawn', *tta) == 0
    entries = json.loads(out.read_text())
    printed = capsys.readouterr().out
    for entry, (height, width) in zip(entries, ((30, 50), (70, 40)), strict=True):
        boxes = np.array([box['bbox'] for box in entry['boxes']])
        assert len(boxes)
        assert (boxes >= -1e-3).all()
        assert (boxes <= np.array([width, height, width, height]) + 1e-3).all()
        best = next(box for box in entry['boxes'] if box['label'] in entry['labels'])
        assert f'{best["score"]:.3f}' in printed
    assert len(list((tmp_path / 'drawn').iterdir())) == 2
    assert all(cv2.imread(str(path)).std() > 5 for path in (tmp_path / 'drawn').iterdir())


def test_a_detector_without_a_generator_says_what_to_do(photos: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match='how to make them'):
        detect(photos, write_detector(tmp_path), '--cfg-options', 'proposals=None')


def test_wrong_share(photos: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match='share'):
        detect(photos, write_detector(tmp_path), '--box-share', '50')
