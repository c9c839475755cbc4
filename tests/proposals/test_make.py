"""Making proposals: the same store however it was made, and nothing lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from toy_images import KEYS, Gray, PixelBoxes

from mlkd.errors import ConfigError, DataError, ProposalError
from mlkd.fileio import write_json
from mlkd.proposals import ProposalStore, ProposalWriter, ensure_proposals, make_proposals
from mlkd.proposals.journal import Journal
from mlkd.proposals.sharding import Shard
from mlkd.proposals.timing import Timing

CONFIG = {'type': 'PixelBoxes'}


def _make(path: Path, keys: list[str] = KEYS, read: Gray | None = None, processes: int = 1, **generator) -> Path:
    return make_proposals(keys, read or Gray(), {**CONFIG, **generator}, path, 'toy', processes)


def _checksum(path: Path) -> str:
    return ProposalStore.open(path).header['checksum']


@pytest.fixture
def reference(tmp_path: Path) -> str:
    """Checksum of the store made in one go by one process."""
    return _checksum(_make(tmp_path / 'reference.mlkd'))


def test_store_holds_what_the_generator_gave(tmp_path: Path) -> None:
    store = ProposalStore.open(_make(tmp_path / 'a.mlkd', count=2))
    assert store.header['dataset'] == 'toy'
    assert store.header['generator'] == {'type': 'PixelBoxes', 'count': 2}
    assert len(store) == len(KEYS)
    read = store[KEYS[7]]
    assert read.size == (40, 60)
    np.testing.assert_array_equal(read.bboxes, np.array([[7, 0, 8, 0.3], [7, 1, 8, 1.3]], np.float32))
    np.testing.assert_array_equal(read.scores, np.full(2, 0.7, np.float32))


def test_number_of_processes_does_not_matter(tmp_path: Path, reference: str) -> None:
    log = tmp_path / 'log'
    assert _checksum(_make(tmp_path / 'three.mlkd', processes=3, log=str(log))) == reference
    assert len({line.split()[1] for line in log.read_text().splitlines()}) > 1


def test_order_of_images_does_not_matter(tmp_path: Path, reference: str) -> None:
    class Backwards(Gray):
        def __call__(self, index: int) -> np.ndarray:
            return super().__call__(len(KEYS) - 1 - index)

    assert _checksum(_make(tmp_path / 'back.mlkd', KEYS[::-1], Backwards())) == reference


@pytest.mark.parametrize('processes', [1, 2])
def test_sigkill_loses_nothing_but_what_was_in_hand(tmp_path: Path, reference: str, processes: int) -> None:
    path, log = tmp_path / 'killed.mlkd', tmp_path / 'log'
    code = f"""
if __name__ == '__main__':
    from toy_images import KEYS, Gray, PixelBoxes
    from mlkd.proposals import make_proposals
    config = dict(type='PixelBoxes', log={str(log)!r}, seconds=0.05)
    make_proposals(KEYS, Gray(), config, {str(path)!r}, 'toy', {processes})
"""
    script = tmp_path / 'script.py'
    script.write_text(code)
    running = subprocess.Popen([sys.executable, script], env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})
    _until(lambda: (log.exists() and len(log.read_text().splitlines()) >= 10) or running.poll() is not None)
    running.kill()
    assert running.wait() == -9
    workers = {int(line.split()[1]) for line in log.read_text().splitlines()} - {running.pid}
    _until(lambda: not any(_lives(pid) for pid in workers))
    assert not path.exists()
    with pytest.raises(ProposalError, match='not finished'):
        ProposalStore.open(path)
    before = [int(line.split()[0]) for line in log.read_text().splitlines()]
    assert _checksum(_make(path, log=str(log))) == reference
    again = [int(line.split()[0]) for line in log.read_text().splitlines()][len(before) :]
    assert len(set(before) & set(again)) <= 2 * processes  # in hand, or done in the moment of the kill
    assert set(before) | set(again) == set(range(len(KEYS)))
    assert not path.with_name('killed.mlkd.partial').exists()


def _die(*arguments: object, **options: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_at_call(n: int) -> Callable:
    def call(self: PixelBoxes, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if len(Path(self.log).read_text().splitlines() if Path(self.log).exists() else []) == n:
            _die()
        return _CALL(self, image)

    return call


def _die_amid_a_line(self: Journal, key: str, *arguments: object) -> None:
    _APPEND(self, key, *arguments)
    if len(self.entries) == 7:
        self._index.write(b'["half')
        self._index.flush()
        _die()


def _die_between_boxes_and_line(self: Journal, key: str, boxes: np.ndarray, *arguments: object) -> None:
    if len(self.entries) == 7:
        self._data.write(boxes.tobytes())
        self._data.flush()
        _die()
    _APPEND(self, key, boxes, *arguments)


def _die_at_header(path: Path, content: object) -> None:
    if Path(path).name == 'header.json':
        _die()
    write_json(path, content)


def _die_at_store(source: Path, target: Path) -> None:
    if Path(target).suffix == '.mlkd':
        _die()
    _REPLACE(source, target)


_CALL, _APPEND, _REPLACE = PixelBoxes.__call__, Journal.append, os.replace
#: What is replaced in the process that is killed, and how many images are then kept.
MOMENTS = {
    'at the first image': ('toy_images.PixelBoxes.__call__', _die_at_call(0), 0),
    'at a later one': ('toy_images.PixelBoxes.__call__', _die_at_call(13), 13),
    'at the last': ('toy_images.PixelBoxes.__call__', _die_at_call(23), 23),
    'amid a line of the journal': ('mlkd.proposals.journal.Journal.append', _die_amid_a_line, 7),
    'between boxes and line': ('mlkd.proposals.journal.Journal.append', _die_between_boxes_and_line, 7),
    'while finishing': ('mlkd.proposals.writer.write_json', _die_at_header, 24),
    'before the rename': ('mlkd.proposals.writer.os.replace', _die_at_store, 24),
    'before tidying up': ('mlkd.proposals.writer.ProposalWriter.close', _die, None),
}


@pytest.mark.parametrize('moment', MOMENTS)
def test_sigkill_at_any_moment(tmp_path: Path, reference: str, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    path, log = tmp_path / 'killed.mlkd', tmp_path / 'log'
    target, replacement, kept = MOMENTS[moment]
    with monkeypatch.context() as patch:
        patch.setattr(target, replacement)
        running = multiprocessing.get_context('fork').Process(target=_make, args=(path,), kwargs={'log': str(log)})
        running.start()
        running.join()
    assert running.exitcode == -signal.SIGKILL
    assert path.exists() == (kept is None)
    before = log.read_text().splitlines() if log.exists() else []
    if kept is not None:
        with ProposalWriter(path, 'toy', PixelBoxes().header()) as writer:
            assert len(writer) == kept
    assert _checksum(_make(path, log=str(log))) == reference
    after = log.read_text().splitlines()[len(before) :]
    assert len(after) == (0 if kept is None else len(KEYS) - kept)
    assert len(before) - (len(KEYS) - len(after)) <= 1  # done twice: what was in hand
    assert not path.with_name('killed.mlkd.partial').exists()


@pytest.mark.parametrize('processes', [1, 2])
def test_broken_images_are_listed_and_the_others_kept(tmp_path: Path, reference: str, processes: int) -> None:
    path, log = tmp_path / 'broken.mlkd', tmp_path / 'log'
    with pytest.raises(ProposalError, match='2 of 24 images got no proposals') as caught:
        _make(path, read=Gray(broken=(3, 11)), processes=processes)
    for text in (KEYS[3], KEYS[11], 'cannot be decoded', 'truncated JPEG'):
        assert text in str(caught.value)
    assert _checksum(_make(path, log=str(log))) == reference
    assert sorted(int(line.split()[0]) for line in log.read_text().splitlines()) == [3, 11]


@pytest.mark.parametrize(('fault', 'text'), [('raise', 'RuntimeError: no edges'), ('outside', 'leaves its image')])
def test_generator_that_fails_on_one_image(tmp_path: Path, reference: str, fault: str, text: str) -> None:
    path = tmp_path / 'fault.mlkd'
    with pytest.raises(ProposalError, match='1 of 24') as caught:
        _make(path, fault=fault)
    assert KEYS[5] in str(caught.value)
    assert text in str(caught.value)
    assert _checksum(_make(path)) == reference


def test_failures_are_recorded_until_they_are_tried_again(tmp_path: Path) -> None:
    path, record = tmp_path / 'set.mlkd', tmp_path / 'set.mlkd.partial' / 'failures.jsonl'
    keys = [f'{index}.jpg' for index in range(40)]
    with pytest.raises(ProposalError, match='35 of 40 images got no proposals') as caught:
        _make(path, keys, _Missing(35))
    assert 'and 15 more' in caught.value.found
    assert str(record) in caught.value.found
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [key for key, _ in lines] == keys[:35]
    assert lines[0][1] == 'There is no such image. No such file'
    with pytest.raises(ProposalError, match='2 of 40 images got no proposals'):
        _make(path, keys, _Missing(2))
    assert len(record.read_text().splitlines()) == 2
    _make(path, keys, _Missing(0))
    assert not record.exists()


class _Missing(Gray):
    """The first ``n`` images have disappeared."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def __call__(self, index: int) -> np.ndarray:
        if index < self.n:
            raise DataError('There is no such image.', found='No such file')
        return super().__call__(index)


@pytest.mark.parametrize('processes', [1, 2])
def test_generator_that_cannot_be_prepared_ends_the_run_at_once(tmp_path: Path, processes: int) -> None:
    log = tmp_path / 'log'
    with pytest.raises(ConfigError, match='no model'):
        _make(tmp_path / 'set.mlkd', processes=processes, fault='prepare', log=str(log))
    assert not log.exists()


def test_timing(tmp_path: Path) -> None:
    timing = Timing()
    with pytest.raises(ProposalError):
        make_proposals(KEYS, Gray(broken=(3,)), CONFIG, tmp_path / 'a.mlkd', 'toy', 1, timing=timing)
    assert (timing.images, timing.processes) == (23, 1)
    assert timing.seconds > 0.002 * 16  # slept


def test_generator_that_needs_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('mlkd.proposals.make._cores', lambda: 5)
    monkeypatch.setattr(PixelBoxes, 'one_process', True)
    timing = Timing()
    make_proposals(KEYS, Gray(), CONFIG, tmp_path / 'a.mlkd', 'toy', timing=timing)
    assert timing.processes == 1


def test_process_that_dies_costs_its_image_alone(tmp_path: Path, reference: str) -> None:
    path, log = tmp_path / 'dead.mlkd', tmp_path / 'log'
    with pytest.raises(ProposalError, match='1 of 24 images got no proposals') as caught:
        _make(path, processes=2, fault='exit')
    assert f'{KEYS[5]}: The process' in str(caught.value)
    assert _checksum(_make(path, log=str(log))) == reference
    assert [line.split()[0] for line in log.read_text().splitlines()] == ['5']


def test_ctrl_c_keeps_what_was_made(tmp_path: Path, reference: str) -> None:
    class Interrupted(Gray):
        def __call__(self, index: int) -> np.ndarray:
            if index == 9:
                raise KeyboardInterrupt
            return super().__call__(index)

    path = tmp_path / 'stopped.mlkd'
    with pytest.raises(KeyboardInterrupt):
        _make(path, read=Interrupted())
    with ProposalWriter(path, 'toy', PixelBoxes().header()) as writer:
        assert len(writer) == 9
    assert _checksum(_make(path)) == reference


def test_nothing_is_done_where_all_is_there(tmp_path: Path) -> None:
    path, log = _make(tmp_path / 'set.mlkd'), tmp_path / 'log'
    path.with_name('set.mlkd.partial').mkdir()
    assert _make(path, log=str(log)) == path
    assert _make(path, keys=KEYS[3:5], log=str(log)) == path
    assert not log.exists()
    assert not path.with_name('set.mlkd.partial').exists()


def test_store_with_other_settings_is_left_alone(tmp_path: Path) -> None:
    path = _make(tmp_path / 'set.mlkd')
    before = _checksum(path)
    with pytest.raises(ProposalError, match='other settings') as caught:
        _make(path, count=9)
    assert (caught.value.found['count'], caught.value.expected['count']) == (3, 9)
    with pytest.raises(ProposalError, match='another data set'):
        make_proposals(KEYS, Gray(), CONFIG, path, 'voc07', 1)
    with pytest.raises(ProposalError, match='no entry'):
        _make(path, keys=[*KEYS, 'new.jpg'])
    assert _checksum(path) == before


def test_unfinished_with_other_settings(tmp_path: Path) -> None:
    with pytest.raises(ProposalError):
        _make(tmp_path / 'set.mlkd', read=Gray(broken=(0,)))
    with pytest.raises(ProposalError, match='begun with other settings'):
        _make(tmp_path / 'set.mlkd', count=1)
    made = make_proposals(KEYS, Gray(), {**CONFIG, 'count': 1}, tmp_path / 'set.mlkd', 'toy', 1, resume=False)
    assert ProposalStore.open(made).counts().tolist() == [1] * len(KEYS)


def test_no_image_and_the_same_image_twice(tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match='no images'):
        _make(tmp_path / 'set.mlkd', [])
    with pytest.raises(ProposalError, match='share a key') as caught:
        _make(tmp_path / 'set.mlkd', ['a', 'b', 'a'])
    assert caught.value.found == 'a'


def test_wrong_generator_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='did you mean SelectiveSearch'):
        make_proposals(KEYS, Gray(), {'type': 'SelectivSearch'}, tmp_path / 'set.mlkd', 'toy')
    with pytest.raises(ConfigError, match='short_sid'):
        make_proposals(KEYS, Gray(), {'type': 'SelectiveSearch', 'short_sid': 5}, tmp_path / 'set.mlkd', 'toy')
    with pytest.raises(ConfigError, match='wrong kind') as caught:
        make_proposals(KEYS, Gray(), {'type': 'SelectiveSearch', 'short_side': 'a'}, tmp_path / 'set.mlkd', 'toy')
    assert "short_side='a'" in caught.value.found
    with pytest.raises(ConfigError, match='lacks one'):
        make_proposals(KEYS, Gray(), {'type': 'DetectorProposals', 'config': 'a'}, tmp_path / 'set.mlkd', 'toy')


@pytest.mark.parametrize(
    ('generator', 'found'),
    [
        ({'type': 'SelectiveSearch', 'max_boxes': 10.5}, 'max_boxes is no whole number'),
        ({'type': 'GraphSegmentation', 'min_pixels': 20.5}, 'min_pixels is no whole number'),
        ({'type': 'DetectorProposals', 'config': 'a', 'checkpoint': __file__, 'device': 1}, "'int' object"),
    ],
)
def test_settings_of_a_wrong_kind_are_told_before_any_image(tmp_path: Path, generator: dict, found: str) -> None:
    with pytest.raises(ConfigError, match='wrong kind') as caught:
        make_proposals(KEYS, Gray(), generator, tmp_path / 'set.mlkd', 'toy')
    assert found in caught.value.found
    assert not list(tmp_path.iterdir())


def test_a_failure_in_a_shard_is_not_mended_by_removing_the_image(tmp_path: Path) -> None:
    for shard, fix in ((None, 'mend or remove'), (Shard(1, 1), 'one that is removed changes all shards')):
        with pytest.raises(ProposalError, match='1 of 24 images') as caught:
            make_proposals(KEYS, Gray(), {**CONFIG, 'fault': 'raise'}, tmp_path / 'set.mlkd', 'toy', 1, shard=shard)
        assert fix in caught.value.fix


def test_images_of_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Toy:
        metainfo = {'dataset_name': 'toy set'}

        def __len__(self) -> int:
            return 5

        def get_data_info(self, index: int) -> dict:
            return {'img_key': f'{index}.jpg', 'value': index}

    def load(info: dict) -> dict:
        return {'img': np.full((9, 9, 3), info['value'], np.uint8)}

    monkeypatch.setattr('mlkd.proposals.readers.TRANSFORMS.build', lambda config: load)
    store = ProposalStore.open(ensure_proposals(Toy(), CONFIG, tmp_path / 'five.mlkd', processes=1))
    assert (store.header['dataset'], len(store)) == ('toy set', 5)
    assert store['4.jpg'].bboxes[0, 0] == 4
    part = ensure_proposals(Toy(), CONFIG, tmp_path / 'two.mlkd', indices=range(3, 5), processes=1)
    assert ProposalStore.open(part).keys() == ['3.jpg', '4.jpg']
    assert ProposalStore.open(part)['4.jpg'].bboxes[0, 0] == 4


def _lives(pid: int) -> bool:
    try:
        return Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def _until(condition, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, 'waited in vain'
        time.sleep(0.01)
