"""Photos and labels are read once; what is broken is named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from photo_toys import FORMS, make_labelled

from mlkd.apis.init.photo_check import CheckedPhotos, check_photos
from mlkd.console import console
from mlkd.datasets.folder import FolderMultiLabel
from mlkd.errors import DataError


def check(photos: Path, labels: Path, **options: Any) -> tuple[CheckedPhotos, str]:
    dataset = FolderMultiLabel(data_root=photos, ann_file=str(labels), lazy_init=True, **options)
    with console.capture() as capture:
        found = check_photos(dataset, 1)
    return found, capture.get()


def test_what_the_file_says(tmp_path: Path) -> None:
    photos, labels = make_labelled(tmp_path, 6)
    found, text = check(photos, labels)
    assert list(found.keys) == [f'{number:03d}.png' for number in range(6)]
    assert tuple(found.classes) == tuple(sorted(FORMS))
    for row in labels.read_text().splitlines()[1:]:
        key, _, said = row.partition(';')
        present = [name for name, value in zip(found.classes, found.of(f'{key}.png'), strict=True) if value == 1]
        assert present == sorted(said.split(', '))
    assert found.labels.dtype == np.int8
    assert found.splits == {}
    assert len(set(found.groups.tolist())) == 6
    assert text.startswith('Labels: ')
    assert 'all decoded' in text
    assert 'left out' not in text


def test_copies_have_one_number(tmp_path: Path) -> None:
    photos, labels = make_labelled(tmp_path, 6)
    (photos / 'more').mkdir()
    shutil.copy(photos / '002.png', photos / 'more' / 'copy.png')
    labels.write_text(labels.read_text() + '\ncopy;disc')
    found, _ = check(photos, labels)
    groups = dict(zip(found.keys, found.groups.tolist(), strict=True))
    assert [key for key in groups if groups[key] == groups['002.png']] == ['002.png', 'more/copy.png']
    assert len(set(groups.values())) == 6


def test_splits_and_unlabelled_photos(tmp_path: Path) -> None:
    photos, labels = make_labelled(tmp_path, 6)
    head, *rows = labels.read_text().splitlines()
    splits = ['train', 'train', 'val', 'train', 'val']
    labels.write_text('\n'.join([f'{head};split', *map(';'.join, zip(rows[:5], splits, strict=True))]))
    found, text = check(photos, labels, unlabelled='drop')
    assert found.splits == dict(zip(found.keys, splits, strict=True))
    assert '1 photos without labels are left out.' in text


def test_broken_photos_are_named(tmp_path: Path) -> None:
    photos, labels = make_labelled(tmp_path, 14)
    for number in range(12):
        (photos / f'{number:03d}.png').write_text('no image')
    with pytest.raises(DataError, match='cannot be used') as caught:
        check(photos, labels)
    count, *lines = [line.strip() for line in str(caught.value.found).splitlines()]
    assert (count, len(lines), lines[-1]) == ('12', 11, 'and 2 more')
    assert all(f'{number:03d}.png' in lines[number] for number in range(10))
    assert caught.value.where == str(photos)
    assert str(labels) in caught.value.fix


def test_labels_that_are_wrong(tmp_path: Path) -> None:
    photos, labels = make_labelled(tmp_path, 4)
    labels.write_text(labels.read_text() + '\n100;disc')
    with pytest.raises(DataError, match='100'):
        check(photos, labels)


def test_names_are_no_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, 'width', 200)
    photos, labels = make_labelled(tmp_path / '[', 4)
    photos = photos.rename(tmp_path / '[' / 'x] and [blue]')
    _, text = check(photos, labels)
    assert '[/x] and [blue]' in ''.join(text.split('\n'))
