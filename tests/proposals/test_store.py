"""The store: what was written is read, lazily, and what is wrong with a file is said."""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from mlkd.errors import ProposalError
from mlkd.fileio import write_json
from mlkd.proposals import ProposalStore, ProposalWriter
from tests.proposals.conftest import GENERATOR, KEYS, content


def test_round_trip_is_exact(store: ProposalStore) -> None:
    for key, (boxes, scores, size) in content().items():
        read = store[key]
        assert read.bboxes.dtype == read.scores.dtype == np.float32
        np.testing.assert_array_equal(read.bboxes, boxes)
        np.testing.assert_array_equal(read.scores, scores)
        assert read.size == size
        read.bboxes[:] = 0  # an array of its own: what a transform does to it stays there
        np.testing.assert_array_equal(store[key].bboxes, boxes)


def test_no_box_and_one_box_keep_their_shape(store: ProposalStore) -> None:
    assert store[KEYS[0]].bboxes.shape == (0, 4)
    assert store[KEYS[0]].scores.shape == (0,)
    assert store[KEYS[1]].bboxes.shape == (1, 4)


def test_store_without_any_box(tmp_path: Path) -> None:
    with ProposalWriter(tmp_path / 'none.mlkd', 'toy', GENERATOR) as writer:
        writer.add('a.jpg', np.zeros((0, 4)), np.zeros(0), (5, 6))
        store = ProposalStore.open(writer.finish())
    assert len(store['a.jpg']) == 0
    assert store.counts().tolist() == [0]
    store.verify()


def test_is_a_collection_of_keys(store: ProposalStore) -> None:
    assert store.keys() == list(store) == sorted(KEYS, key=str.encode)
    assert len(store) == len(KEYS)
    assert all(key in store for key in KEYS)
    for key in ('a', 'a/1.jp', 'a/1.jpgx', 'zzz', '', 'x' * 1000, 7, None):
        assert key not in store


def test_counts(store: ProposalStore) -> None:
    expected = {key: len(boxes) for key, (boxes, *_) in content().items()}
    np.testing.assert_array_equal(store.counts(KEYS), [expected[key] for key in KEYS])
    np.testing.assert_array_equal(store.counts(KEYS[::-2]), [expected[key] for key in KEYS[::-2]])
    np.testing.assert_array_equal(store.counts(), [expected[key] for key in store])
    assert store.counts([]).shape == (0,)
    with pytest.raises(ProposalError, match='2 images have no entry'):
        store.counts([*KEYS, 'nothing', 'x' * 1000])


def test_header_says_what_it_is(store: ProposalStore) -> None:
    header = store.header
    assert header['dataset'] == 'toy'
    assert header['generator'] == GENERATOR
    assert header['box_format'] == 'xyxy'
    assert 'exclusive' in header['box_unit']
    assert (header['images'], header['boxes']) == (5, 0 + 1 + 14 + 21 + 28)
    assert header['boxes_per_image'] == {'min': 0, 'mean': 64 / 5, 'max': 28}
    assert len(header['checksum']) == 64
    json.dumps(header)


def test_numpy_alone_can_read_it(store: ProposalStore) -> None:
    boxes = np.load(store.path / 'boxes.npy', allow_pickle=False)
    offsets = np.load(store.path / 'offsets.npy', allow_pickle=False)
    keys = np.load(store.path / 'keys.npy', allow_pickle=False)
    index = keys.tolist().index(b'b/1.jpg')
    np.testing.assert_array_equal(boxes[offsets[index] : offsets[index + 1]], content()['b/1.jpg'][0])


def test_missing_key_names_one_that_is_near(store: ProposalStore) -> None:
    with pytest.raises(ProposalError, match=r'did you mean a/10\.jpg') as caught:
        store['c/10.jpg']
    assert str(store.path) in str(caught.value)
    with pytest.raises(ProposalError, match=r'did you mean b/1\.jpg'):
        store['b/1.jpeg']


def test_pickle_is_the_path_alone(store: ProposalStore) -> None:
    dump = pickle.dumps(store)
    assert len(dump) < 500
    np.testing.assert_array_equal(pickle.loads(dump)['a/10.jpg'].bboxes, store['a/10.jpg'].bboxes)


def test_works_in_a_forked_process(store: ProposalStore) -> None:
    with multiprocessing.get_context('fork').Pool(1) as pool:
        read = pool.apply(store.__getitem__, ('a/10.jpg',))
    np.testing.assert_array_equal(read.bboxes, store['a/10.jpg'].bboxes)


def test_check_dataset(store: ProposalStore) -> None:
    store.check_dataset('toy')
    store.check_dataset(KEYS[1:3])
    with pytest.raises(ProposalError, match='another data set') as caught:
        store.check_dataset('voc07')
    assert caught.value.found == "'toy'"
    assert caught.value.expected == "'voc07'"
    with pytest.raises(ProposalError, match='2 images have no entry'):
        store.check_dataset(['train/1.jpg', 'train/2.jpg', KEYS[0]])


def test_verify_finds_one_changed_byte(store: ProposalStore) -> None:
    store.verify()
    path = store.path / 'scores.npy'
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ProposalError, match=r'scores\.npy'):
        ProposalStore.open(store.path).verify()


def test_verify_finds_a_changed_header(store: ProposalStore) -> None:
    path = store.path / 'header.json'
    header = json.loads(path.read_text())
    header['checksum'] = '0' * 64
    path.write_text(json.dumps(header))
    with pytest.raises(ProposalError, match='header'):
        ProposalStore.open(store.path).verify()


@pytest.mark.parametrize('name', ['keys', 'offsets', 'sizes', 'boxes', 'scores'])
def test_truncated_file_is_named(store: ProposalStore, name: str) -> None:
    path = store.path / f'{name}.npy'
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ProposalError, match=f'{name}.npy') as caught:
        ProposalStore.open(store.path)
    assert 'bytes' in str(caught.value.expected)
    path.unlink()
    with pytest.raises(ProposalError, match='no file'):
        ProposalStore.open(store.path)


def test_other_version(store: ProposalStore) -> None:
    path = store.path / 'header.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'version': 99}))
    with pytest.raises(ProposalError, match='version') as caught:
        ProposalStore.open(store.path)
    assert (caught.value.found, caught.value.expected) == (99, 1)


@pytest.mark.parametrize(
    'text', ['{"format": "mlkd-proposals"', '[]', '{"format": "other"}', '{"format": "mlkd-proposals"}']
)
def test_not_a_store(store: ProposalStore, text: str) -> None:
    (store.path / 'header.json').write_text(text)
    with pytest.raises(ProposalError, match='not a proposal store') as caught:
        ProposalStore.open(store.path)
    assert 'name another path' in caught.value.fix


def test_a_file_or_nothing_is_not_a_store(tmp_path: Path) -> None:
    (tmp_path / 'file.pkl').write_bytes(b'x')
    with pytest.raises(ProposalError, match='not a proposal store'):
        ProposalStore.open(tmp_path / 'file.pkl')
    with pytest.raises(ProposalError, match='no proposal store') as caught:
        ProposalStore.open(tmp_path / 'none.mlkd')
    assert 'generate' in str(caught.value.fix)
    (tmp_path / 'none.mlkd.partial').mkdir()
    with pytest.raises(ProposalError, match='not finished'):
        ProposalStore.open(tmp_path / 'none.mlkd')


def test_a_pickle_in_an_array_file_does_not_run(store: ProposalStore) -> None:
    path = store.path / 'boxes.npy'
    np.save(path, np.array([{}, None], dtype=object), allow_pickle=True)
    header = json.loads((store.path / 'header.json').read_text())
    header['files']['boxes']['bytes'] = path.stat().st_size
    (store.path / 'header.json').write_text(json.dumps(header))
    with pytest.raises(ProposalError, match=r'boxes\.npy'):
        ProposalStore.open(store.path)


def test_index_that_does_not_fit(store: ProposalStore) -> None:
    offsets = np.load(store.path / 'offsets.npy')
    offsets[1] = offsets[-1] + 1
    np.save(store.path / 'offsets.npy', offsets)
    with pytest.raises(ProposalError, match='index'):
        ProposalStore.open(store.path)


@pytest.mark.parametrize('name', ['images', 'boxes'])
def test_numbers_in_the_header_that_are_not_those_of_the_files(store: ProposalStore, name: str) -> None:
    write_json(store.path / 'header.json', {**store.header, name: store.header[name] + 1})
    with pytest.raises(ProposalError, match='does not fit its boxes'):
        ProposalStore.open(store.path)


def test_may_be_moved(store: ProposalStore, tmp_path: Path) -> None:
    shutil.move(store.path, tmp_path / 'elsewhere.mlkd')
    ProposalStore.open(tmp_path / 'elsewhere.mlkd').verify()


@pytest.mark.skipif(not Path('/proc/self/status').exists(), reason='needs /proc')
def test_memory_does_not_grow_with_the_boxes(tmp_path: Path) -> None:
    """The size of COCO 2014 with 2,000 boxes per image: 3.1 GB, in sparse files."""
    path = Path(__file__).parents[2] / 'benchmarks' / 'proposal_store.py'
    spec = importlib.util.spec_from_file_location('benchmark', path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    folder = benchmark.build(tmp_path / 'sparse.mlkd', 82783, 2000)
    before = benchmark.resident_mib()
    store = ProposalStore.open(folder)
    assert benchmark.resident_mib() - before < 20
    assert store['train2014/COCO_train2014_000000579474.jpg'].bboxes.shape == (2000, 4)
    assert store.counts().sum() == 82783 * 2000
    assert benchmark.resident_mib() - before < 30


def test_chunks_are_all_boxes_in_order(store: ProposalStore) -> None:
    for limit in (1, 20, 35, 10**6):
        parts = list(store.chunks(limit))
        assert [part[0] for part in parts] == [0, *(part[1] for part in parts[:-1])]
        assert parts[-1][1] == len(store)
        np.testing.assert_array_equal(np.concatenate([part[2] for part in parts]), np.load(store.path / 'boxes.npy'))
        np.testing.assert_array_equal(np.concatenate([part[3] for part in parts]), np.load(store.path / 'scores.npy'))
        assert all(len(boxes) <= limit or last == first + 1 for first, last, boxes, _ in parts)


def test_sizes_are_in_the_order_of_keys(store: ProposalStore) -> None:
    assert [tuple(size) for size in store.sizes().tolist()] == [store[key].size for key in store]
