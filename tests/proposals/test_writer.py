"""The writer: checks what it is given, loses nothing to a kill, and makes the same store in any order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mlkd.errors import ProposalError
from mlkd.proposals import ProposalStore, ProposalWriter, layout
from tests.proposals.conftest import GENERATOR, KEYS, content


def _write(path: Path, keys: list[str], **options) -> ProposalWriter:
    writer = ProposalWriter(path, 'toy', GENERATOR, **options)
    for key in keys:
        boxes, scores, size = content()[key]
        writer.add(key, boxes, scores, size)
    return writer


def _checksum(path: Path) -> str:
    return ProposalStore.open(path).header['checksum']


def test_order_of_adding_does_not_matter(store: ProposalStore, tmp_path: Path) -> None:
    with _write(tmp_path / 'other.mlkd', KEYS[::-1]) as writer:
        writer.finish()
    assert _checksum(tmp_path / 'other.mlkd') == store.header['checksum']


def test_another_box_is_another_checksum(store: ProposalStore, tmp_path: Path) -> None:
    with _write(tmp_path / 'other.mlkd', KEYS[1:]) as writer:
        writer.add(KEYS[0], np.array([[0, 0, 1, 1]]), np.ones(1), (100, 200))
        writer.finish()
    assert _checksum(tmp_path / 'other.mlkd') != store.header['checksum']


def test_goes_on_where_another_stopped(store: ProposalStore, tmp_path: Path) -> None:
    path = tmp_path / 'resumed.mlkd'
    _write(path, KEYS[:2]).close()
    with ProposalWriter(path, 'toy', GENERATOR) as writer:
        assert len(writer) == 2
        assert KEYS[0] in writer
        assert KEYS[2] not in writer
    _write(path, KEYS[2:]).finish()
    assert _checksum(path) == store.header['checksum']
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ['resumed.mlkd', 'set.mlkd']


def test_without_resume_begins_anew(tmp_path: Path) -> None:
    _write(tmp_path / 'new.mlkd', KEYS[:2]).close()
    with ProposalWriter(tmp_path / 'new.mlkd', 'toy', GENERATOR, resume=False) as writer:
        assert len(writer) == 0


@pytest.mark.parametrize('name', ['data.bin', 'journal.jsonl'])
def test_every_cut_of_a_file_leaves_whole_images(store: ProposalStore, tmp_path: Path, name: str) -> None:
    """A kill may come after any byte; what is left is a prefix of the images, and adding the rest gives the store."""
    path = tmp_path / 'cut.mlkd'
    _write(path, KEYS).close()
    file = tmp_path / 'cut.mlkd.partial' / name
    whole = {entry.name: entry.read_bytes() for entry in file.parent.iterdir()}
    lengths = set()
    for end in range(0, len(whole[name]), 7):
        for other, raw in whole.items():
            (file.parent / other).write_bytes(raw)
        file.write_bytes(whole[name][:end])
        with ProposalWriter(path, 'toy', GENERATOR) as writer:
            lengths.add(len(writer))
            assert [key in writer for key in KEYS] == [index < len(writer) for index in range(len(KEYS))]
    assert lengths >= {1, 2, 3, 4}
    with ProposalWriter(path, 'toy', GENERATOR) as writer:
        rest = [key for key in KEYS if key not in writer]
    _write(path, rest).finish()
    assert _checksum(path) == store.header['checksum']


def test_bytes_that_were_never_flushed_are_not_believed(tmp_path: Path) -> None:
    """After a power cut a file may have its length and zeros in it."""
    path = tmp_path / 'zeros.mlkd'
    _write(path, KEYS).close()
    data = tmp_path / 'zeros.mlkd.partial' / 'data.bin'
    raw = data.read_bytes()
    data.write_bytes(raw[:400] + b'\0' * (len(raw) - 400))
    with ProposalWriter(path, 'toy', GENERATOR) as writer:
        assert len(writer) == 3  # 0, 1 and 14 boxes of 20 bytes


def test_sigkill_keeps_every_image_added(tmp_path: Path) -> None:
    path = tmp_path / 'killed.mlkd'
    code = f"""
import os, signal, numpy as np
from mlkd.proposals import ProposalWriter
writer = ProposalWriter({str(path)!r}, 'toy', {GENERATOR!r})
for index in range(20):
    writer.add(f'{{index}}.jpg', np.array([[0, 0, 5, index + 1]]), np.ones(1), (30, 30))
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, '-c', code], env=environment, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with ProposalWriter(path, 'toy', GENERATOR) as writer:
        assert len(writer) == 20
        writer.finish()
    assert ProposalStore.open(path)['19.jpg'].bboxes.tolist() == [[0, 0, 5, 20]]


def test_killed_while_finishing(store: ProposalStore, tmp_path: Path) -> None:
    path = tmp_path / 'half.mlkd'
    _write(path, KEYS).close()
    (tmp_path / 'half.mlkd.partial' / 'finished').mkdir()
    (tmp_path / 'half.mlkd.partial' / 'finished' / 'boxes.npy').write_bytes(b'half')
    with ProposalWriter(path, 'toy', GENERATOR) as writer:
        writer.finish()
    assert _checksum(path) == store.header['checksum']


def test_finish_takes_the_images_asked_for(tmp_path: Path) -> None:
    with _write(tmp_path / 'part.mlkd', KEYS) as writer:
        assert len(ProposalStore.open(writer.finish(KEYS[:2]))) == 2


def test_finish_without_all_images(tmp_path: Path) -> None:
    with _write(tmp_path / 'less.mlkd', KEYS[:2]) as writer:
        with pytest.raises(ProposalError, match='3 of 5 images'):
            writer.finish(KEYS)
        assert not (tmp_path / 'less.mlkd').exists()
    with (
        ProposalWriter(tmp_path / 'no.mlkd', 'toy', GENERATOR) as writer,
        pytest.raises(ProposalError, match='no image'),
    ):
        writer.finish()


@pytest.mark.parametrize(
    ('box', 'what'),
    [
        ([0, 0, 200.01, 5], 'leaves its image'),
        ([0, 0, 5, 101], 'leaves its image'),
        ([-0.5, 0, 5, 5], 'leaves its image'),
        ([5, 0, 5, 5], 'no area'),
        ([5, 7, 9, 6], 'no area'),
        ([0, np.nan, 5, 5], 'not finite'),
        ([0, 0, np.inf, 5], 'not finite'),
    ],
)
def test_wrong_box_is_named_with_its_row(tmp_path: Path, box: list[float], what: str) -> None:
    boxes = np.array([[0, 0, 200, 100], [1, 1, 2, 2], box, box], dtype=np.float64)
    with ProposalWriter(tmp_path / 'bad.mlkd', 'toy', GENERATOR) as writer:
        with pytest.raises(ProposalError, match=what) as caught:
            writer.add('dir/a.jpg', boxes, np.ones(4), (100, 200))
        assert str(caught.value.where) == 'dir/a.jpg, row 2 (2 of 4 rows)'
        assert 'dir/a.jpg' not in writer


def test_wrong_scores_shapes_sizes_and_keys(tmp_path: Path) -> None:
    good = np.array([[0, 0, 1, 1]])
    with ProposalWriter(tmp_path / 'bad.mlkd', 'toy', GENERATOR) as writer:
        for arguments, what in (
            (('a', good, np.array([np.nan]), (5, 5)), 'score is not finite'),
            (('a', good, np.ones(2), (5, 5)), 'shape'),
            (('a', np.zeros((2, 5)), np.ones(2), (5, 5)), 'shape'),
            (('a', good, np.ones(1), (0, 5)), 'no pixels'),
            (('', good, np.ones(1), (5, 5)), 'key'),
            (('/folder/a', good, np.ones(1), (5, 5)), 'key'),
            (('a\0', good, np.ones(1), (5, 5)), 'key'),
        ):
            with pytest.raises(ProposalError, match=what):
                writer.add(*arguments)
        writer.add('a', good, np.ones(1), (5, 5))
        with pytest.raises(ProposalError, match='twice'):
            writer.add('a', good, np.ones(1), (5, 5))


def test_begun_with_other_settings(tmp_path: Path) -> None:
    _write(tmp_path / 'set.mlkd', KEYS[:1]).close()
    with pytest.raises(ProposalError, match='other settings') as caught:
        ProposalWriter(tmp_path / 'set.mlkd', 'toy', {'type': 'Other'})
    assert caught.value.expected['generator'] == {'type': 'Other'}


def test_begun_with_other_settings_but_nothing_made(store: ProposalStore, tmp_path: Path) -> None:
    """A model file that could not be read, say: the next one may be another."""
    path = tmp_path / 'new.mlkd'
    ProposalWriter(path, 'toy', {'type': 'Other'}).close()
    (layout.partial_path(path) / 'making.json').write_text('half')
    with _write(path, KEYS) as writer:
        writer.finish()
    assert _checksum(path) == store.header['checksum']
    assert ProposalStore.open(path).header['generator'] == GENERATOR


def test_zeros_have_no_sign(tmp_path: Path) -> None:
    made = []
    for name, zero in (('plus.mlkd', 0.0), ('minus.mlkd', -0.0)):
        with ProposalWriter(tmp_path / name, 'toy', GENERATOR) as writer:
            writer.add('a', np.array([[zero, zero, 3, 4]]), np.array([zero]), (5, 5))
            made.append(ProposalStore.open(writer.finish()).header['checksum'])
    assert made[0] == made[1]


def test_never_writes_over_a_store(store: ProposalStore) -> None:
    with pytest.raises(ProposalError, match='there already'):
        ProposalWriter(store.path, 'toy', GENERATOR)


def test_two_writers_at_once(tmp_path: Path) -> None:
    with _write(tmp_path / 'set.mlkd', KEYS[:1]), pytest.raises(ProposalError, match='Another process'):
        ProposalWriter(tmp_path / 'set.mlkd', 'toy', GENERATOR)


def test_full_disk(tmp_path: Path) -> None:
    with _write(tmp_path / 'set.mlkd', KEYS[:1]) as writer:
        writer._journal._data.close()
        full = Path('/dev/full').open('r+b', buffering=0)  # noqa: SIM115 - the writer closes it
        writer._journal._data = full
        with pytest.raises(ProposalError, match='cannot be written') as caught:
            writer.add('full.jpg', np.array([[0, 0, 1, 1]]), np.ones(1), (5, 5))
        assert 'No space' in str(caught.value.found)
        assert 'full.jpg' not in writer
