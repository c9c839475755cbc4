from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from mlkd.apis.photos.journal import PhotoJournal
from mlkd.apis.photos.results import PhotoResult

CLASSES = ('cat', 'dog')
ONE = np.array([0.1, 1 / 3], np.float32)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = Path(os.fsdecode(bytes(tmp_path) + b'/caf\xe9.jpg'))
    path.write_bytes(b'content')
    return path


def journal(folder: Path, network: str = 'x', classes: tuple[str, ...] = CLASSES) -> PhotoJournal:
    return PhotoJournal(folder / 'out.csv', network, classes, (0.25, 0.5))


def result(photo: Path, **boxes: np.ndarray) -> PhotoResult:
    return PhotoResult(photo, CLASSES, ONE, np.array([0.5, 0.5]), **boxes)


def test_what_was_found_is_found_again(tmp_path: Path, photo: Path) -> None:
    other = tmp_path / 'b.jpg'
    other.touch()
    boxes = np.array([[0.1, 2, 3, 4]], np.float32)
    with journal(tmp_path) as first:
        assert first.find(photo) is None
        first.add(result(photo))
        first.add(result(other, boxes=boxes, box_labels=np.array([1]), box_scores=ONE[1:]))
    assert first.path == tmp_path / '.out.csv.journal'
    with journal(tmp_path) as second:
        found, detected = second.find(photo), second.find(other)
    assert found is not None
    assert found.scores.tobytes() == ONE.tobytes()
    assert found.thresholds.tolist() == [0.25, 0.5]
    assert found.boxes is None
    assert detected is not None
    np.testing.assert_array_equal(detected.boxes, boxes)
    assert detected.box_rows() == [['dog', float(ONE[1]), *boxes[0].tolist()]]


def test_a_detector_that_found_nothing_is_still_one(tmp_path: Path, photo: Path) -> None:
    none = {'boxes': np.zeros((0, 4)), 'box_labels': np.zeros(0, int), 'box_scores': np.zeros(0)}
    with journal(tmp_path) as first:
        first.add(result(photo, **none))
    with journal(tmp_path) as second:
        found = second.find(photo)
    assert found is not None
    assert found.boxes is not None
    assert found.boxes.shape == (0, 4)


def test_results_of_another_network_or_photo_are_not_taken(tmp_path: Path, photo: Path) -> None:
    with journal(tmp_path) as first:
        first.add(result(photo))
    status = photo.stat()
    os.utime(photo, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    with journal(tmp_path) as changed:
        assert changed.find(photo) is None
        changed.add(result(photo))
        assert changed.find(photo) is not None
    for other in (journal(tmp_path, 'y'), journal(tmp_path, 'y', ('cat', 'emu'))):
        with other:
            assert other.find(photo) is None
    # Written anew: the first network's are gone.
    with journal(tmp_path) as again:
        assert again.find(photo) is None


def test_a_line_that_is_not_whole_is_cut_off(tmp_path: Path, photo: Path) -> None:
    other = tmp_path / 'b.jpg'
    other.touch()
    with journal(tmp_path) as first:
        first.add(result(photo))
        whole = first.path.read_bytes()
        first.add(result(other))
    longer = first.path.read_bytes()
    for content in (longer[:-1], longer[:-20], whole + b'{"photo": 1}\n', whole + b'nonsense\n', whole + bytes(40)):
        first.path.write_bytes(content)
        with journal(tmp_path) as second:
            assert second.find(photo) is not None
            assert second.find(other) is None
            second.add(result(other))
        assert first.path.read_bytes() == longer
    first.path.write_bytes(longer[:10])
    with journal(tmp_path) as third:
        assert third.find(photo) is None


def test_pictures(tmp_path: Path, photo: Path) -> None:
    with journal(tmp_path) as first:
        first.add(result(photo))
        assert first.drawn(photo) is None
        first.note_drawn(photo, 'so')
    with journal(tmp_path) as second:
        assert second.drawn(photo) == 'so'
        assert second.find(photo) is not None
        second.add(result(photo))
        assert second.drawn(photo) is None
