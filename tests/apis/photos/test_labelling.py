"""What is done with the results of photos: printed, written, drawn, gone on with."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from torch import tensor

from mlkd.apis.photos import labelling
from mlkd.apis.photos.labelling import add_photo_arguments, check_photo_arguments, label_photos
from mlkd.errors import ConfigError, DataError
from mlkd.structures import MultiLabelDataSample

CLASSES = ('cat', 'dog', 'emu')


class Inferencer:
    """Scores of photos by their names, and none of those that are called broken."""

    classes, upright = CLASSES, True

    def __init__(self, **scores: list[float]) -> None:
        self.scores = scores
        self.seen: list[str] = []

    def thresholds(self, threshold: float | None = None) -> tuple[float, ...]:
        return (0.5, 0.5, 0.5) if threshold is None else (threshold,) * 3

    def stream(self, photos: Iterable[tuple[Path, Path, str]], batch_size: int) -> Iterator[tuple[Path, Any]]:
        for name, photo, _ in photos:
            self.seen.append(photo.name)
            if photo.stem == 'broken':
                yield name, DataError('An image file cannot be decoded.', where=photo, found='[a cut file]')
                continue
            sample = MultiLabelDataSample()
            sample.pred_score = tensor(self.scores.get(photo.stem, [0.9, 0.6, 0.1]))
            yield name, sample


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_photo_arguments(parser)
    return parser.parse_args([*map(str, words)])


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / 'photos'
    (folder / 'more').mkdir(parents=True)
    for index, name in enumerate(('a.png', 'b.png', 'more/a.png')):
        cv2.imwrite(str(folder / name), np.full((8, 12, 3), 50 * index, np.uint8))
    return folder


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Pictures that were drawn, which hold what they were drawn of."""
    paths: list[Path] = []

    def save(path: Path, result: Any, image: np.ndarray, share: float) -> Path:
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'{result.labels} {image.shape} {image[0, 0, 0]} {share}')
        paths.append(path)
        return path

    monkeypatch.setattr(labelling, 'save_picture', save)
    return paths


def label(inferencer: Inferencer, *words: object, fingerprint: str = 'f') -> int:
    return label_photos(arguments(*words), inferencer, fingerprint)  # type: ignore[arg-type]


def written(path: Path) -> dict[str, list[str]]:
    return {'/'.join(Path(entry['image']).parts[-2:]): entry['labels'] for entry in json.loads(path.read_text())}


def test_what_is_there_without_arguments() -> None:
    found = vars(arguments('x'))
    assert found.pop('batch_size') == 8
    assert found == {
        'paths': ['x'],
        'box_share': 0.5,
        **dict.fromkeys(('out', 'pictures', 'threshold', 'top', 'proposals', 'device')),
    }


@pytest.mark.parametrize(
    ('words', 'labels'),
    [
        ((), ['cat', 'dog']),
        (('--threshold', 0.7), ['cat']),
        (('--top', 1), ['cat']),
        # Even below their thresholds.
        (('--top', 3), ['cat', 'dog', 'emu']),
        # Of those above it.
        (('--top', 3, '--threshold', 0.5), ['cat', 'dog']),
        (('--top', 1, '--threshold', 0.95), []),
    ],
    ids=str,
)
def test_labels_that_are_named(photos: Path, tmp_path: Path, words: tuple, labels: list[str]) -> None:
    assert label(Inferencer(), photos / 'b.png', '--out', tmp_path / 'o.json', *words) == 0
    assert written(tmp_path / 'o.json') == {'photos/b.png': labels}


def test_photos_come_in_their_order_whatever_is_known_of_them(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / 'o.json'
    inferencer = Inferencer(b=[0.1, 0.2, 0.7])
    assert label(inferencer, photos / 'b.png', '--out', out) == 0
    assert label(inferencer, photos, '--out', out) == 0
    assert written(out) == {'photos/a.png': ['cat', 'dog'], 'photos/b.png': ['emu'], 'more/a.png': ['cat', 'dog']}
    assert inferencer.seen == ['b.png', 'a.png', 'a.png']
    # Thresholds are no part of what is known.
    assert label(inferencer, photos, '--out', out, '--threshold', 0.65) == 0
    assert written(out)['photos/a.png'] == ['cat']
    assert len(inferencer.seen) == 3
    assert label(inferencer, photos, '--out', out, fingerprint='another network') == 0
    assert len(inferencer.seen) == 6


def test_what_is_broken_is_told_and_tried_again(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / 'broken.jpg').touch()
    inferencer = Inferencer()
    for _ in range(2):
        assert label(inferencer, photos, '--out', tmp_path / 'o.json') == 1
        printed = capsys.readouterr().out
        broken = photos / 'broken.jpg'
        assert f'Skipped {broken}: An image file cannot be decoded. ([a cut file])' in printed
        assert f'{tmp_path / "o.json"}: 3 photos' in printed
    assert inferencer.seen.count('broken.jpg') == 2
    assert len(inferencer.seen) == 5


def test_all_are_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'broken.jpg').touch()
    assert label(Inferencer(), tmp_path) == 1
    assert capsys.readouterr().out.startswith('Skipped ')


def test_not_all_of_many_photos_are_printed(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(labelling, '_PRINTED', 2)
    assert label(Inferencer(), photos, '--out', tmp_path / 'o.json') == 0
    printed = capsys.readouterr().out
    assert '... and 1 more photos' in printed
    assert str(photos / 'b.png') in printed
    assert str(photos / 'more' / 'a.png') not in printed
    assert len(written(tmp_path / 'o.json')) == 3


def test_pictures_of_photos_with_one_name(photos: Path, tmp_path: Path, drawn: list[Path]) -> None:
    assert label(Inferencer(), photos, '--pictures', tmp_path / 'drawn', '--top', 1, '--box-share', 0.25) == 0
    first, second, third = drawn
    assert first.parent == tmp_path / 'drawn'
    assert [path.name.rpartition('_')[0] for path in drawn] == ['a', 'b', 'a']
    assert first.name != third.name
    assert second.read_text() == f'{ {"cat": float(np.float32(0.9))} } (8, 12, 3) 50 0.25'


def test_a_picture_has_the_same_name_from_wherever_its_photo_is_named(
    photos: Path, tmp_path: Path, drawn: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert label(Inferencer(), photos / 'a.png', '--pictures', tmp_path / 'drawn') == 0
    monkeypatch.chdir(photos)
    assert label(Inferencer(), 'a.png', '--pictures', os.path.join('..', 'drawn')) == 0
    assert drawn[0].name == drawn[1].name


def test_a_long_name_is_cut(tmp_path: Path, drawn: list[Path]) -> None:
    photo = tmp_path / f'{"x" * 240}.png'
    cv2.imwrite(str(photo), np.zeros((4, 4, 3), np.uint8))
    assert label(Inferencer(), photo, '--pictures', tmp_path / 'drawn') == 0
    assert drawn[0].name.startswith('x' * 50 + '_')


def test_pictures_are_drawn_again_where_they_would_be_others(photos: Path, tmp_path: Path, drawn: list[Path]) -> None:
    words = (photos, '--out', tmp_path / 'o.json', '--pictures', tmp_path / 'drawn')
    inferencer = Inferencer()
    for more, count in (
        ((), 3),
        ((), 0),
        (('--threshold', 0.3), 3),
        (('--threshold', 0.3, '--box-share', 0.1), 3),
        (('--top', 2), 3),
        (('--top', 2), 0),
    ):
        drawn.clear()
        assert label(inferencer, *words, *more) == 0
        assert len(drawn) == count, more
    (tmp_path / 'drawn' / next((tmp_path / 'drawn').glob('b_*')).name).unlink()
    assert label(inferencer, *words, '--top', 2) == 0
    assert [path.name[:2] for path in drawn] == ['b_']
    assert len(inferencer.seen) == 3


@pytest.mark.parametrize(
    ('words', 'where', 'found'),
    [
        (('--out', 'o.xlsx'), '--out', 'o.xlsx'),
        (('--box-share', 1.5), '--box-share', 1.5),
        (('--box-share', 'nan'), '--box-share', 'nan'),
        (('--batch-size', 0), '--batch-size', 0),
        (('--top', 0), '--top', 0),
        (('--threshold', 'inf'), '--threshold', 'inf'),
    ],
)
def test_arguments_that_make_no_sense(words: tuple, where: str, found: object) -> None:
    with pytest.raises(ConfigError) as caught:
        check_photo_arguments(arguments('x', *words))
    assert (caught.value.where, str(caught.value.found)) == (where, str(found))


def test_arguments_at_their_ends() -> None:
    for words in (('--box-share', 0), ('--box-share', 1), ('--top', 1), ('--threshold', 0), ('--out', 'a/b.csv')):
        check_photo_arguments(arguments('x', *words))


def test_no_photo(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no photo'):
        label(Inferencer(), tmp_path)
