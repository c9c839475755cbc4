"""probe_images: what cannot be read, and what the decoder mends in silence."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
import numpy as np
from odd_images import write_broken, write_good

from mlkd.datasets.image_probe import probe_images
from mlkd.fileio import checksum

IMAGE = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8), (5, 5), 2)


def test_all_kinds_of_damage(tmp_path: Path) -> None:
    whole = cv2.imencode('.jpg', IMAGE)[1].tobytes()
    half = len(whole) // 2
    damaged = whole[:half] + bytes(range(7, 107)) + whole[half + 100 :]
    files = {'good': whole, 'cut': whole[:half], 'damaged': damaged, 'page': b'<html>', 'same': whole}
    entries = []
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        entries.append({'img_path': str(tmp_path / name), 'img_key': name})
    entries.append({'img_path': str(tmp_path / 'good'), 'img_key': 'turned', 'height': 96, 'width': 64})
    done: list[int] = []
    found = {entries[one.index]['img_key']: one for one in probe_images(entries, 2, done.append)}
    assert sum(done) == len(found) == 6
    assert found['good'].problem is found['same'].problem is None
    assert found['good'].checksum == found['same'].checksum == checksum(tmp_path / 'good')
    assert 'cut short' in found['cut'].problem
    assert 'Corrupt JPEG data' in found['damaged'].problem
    assert 'cannot be decoded' in found['page'].problem
    assert found['page'].checksum == ''
    assert found['turned'].problem == 'The image is 96 x 64, its annotation says 64 x 96.'


def test_files_as_people_have_them(tmp_path: Path) -> None:
    (good := tmp_path / 'good').mkdir()
    (broken := tmp_path / 'broken').mkdir()
    said = {**dict.fromkeys(write_good(good)), **write_broken(broken)}
    entries = [{'img_path': str(path), 'img_key': path.name} for path in said]
    for one in probe_images(entries, 1):
        path = Path(entries[one.index]['img_path'])
        assert (one.problem is None) if said[path] is None else (said[path] in one.problem), path.name


def test_drawn_images() -> None:
    entries = [{'img_path': '', 'render': partial(np.full, (4, 5, 3), level, np.uint8)} for level in (1, 2, 1)]
    found = probe_images(entries, 1)
    assert [one.problem for one in found] == [None] * 3
    assert found[0].checksum == found[2].checksum != found[1].checksum
