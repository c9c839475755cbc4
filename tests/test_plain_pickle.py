"""Pickles: data come through whatever wrote them, and nothing in a file runs."""

from __future__ import annotations

import os
import pickle
import pickletools
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from mlkd.errors import DataError
from mlkd.plain_pickle import dump_plain, load_plain, plain_fields, to_array, to_list

DATA: dict[str, Any] = {
    'arrays': [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4, dtype='>i2'),
        np.zeros((0, 4), np.float32),
        np.array([True, False]),
    ],
    'scalars': [np.float32(2.5), np.int64(-3), np.str_('naïve')],
    'plain': [1, -(2**70), 0.1, None, True, 'ü', b'\xff\x00', (1, (2,)), {3, 4}, frozenset({5}), {'a': []}],
}


def dumped(path: Path, content: Any, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize('protocol', range(6))
def test_data_of_every_protocol(tmp_path: Path, protocol: int) -> None:
    found = load_plain(dumped(tmp_path / 'x.pkl', DATA, protocol))
    for one, other in zip(found['arrays'], DATA['arrays'], strict=True):
        array = to_array(one)
        np.testing.assert_array_equal(array, other)
        assert array.dtype == other.dtype
    assert found['scalars'] == [2.5, -3, 'naïve']
    assert found['plain'] == DATA['plain']


def test_python_2(tmp_path: Path) -> None:
    """As Python 2 wrote an array: byte strings for names, raw bytes and all (protocols 0 and 2)."""
    content = np.array([[1.5, -2, 300, 1e-3]], np.float32).tobytes()
    zero = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I1\nI4\ntcnumpy\ndtype\n"
    zero += b"(S'f4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS" + repr(content)[1:].encode() + b'\ntb.'
    two = b'\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x01K\x04\x86'
    two += b'cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U'
    two += bytes([len(content)]) + content + b'tb.'
    for stream in (zero, two):
        (tmp_path / 'x.pkl').write_bytes(stream)
        np.testing.assert_array_equal(to_array(load_plain(tmp_path / 'x.pkl')), [np.float32([1.5, -2, 300, 1e-3])])


def test_rows_of_arrays(tmp_path: Path) -> None:
    rows = np.empty(2, dtype=object)
    rows[:] = [np.zeros((1, 4)), np.ones((3, 4))]
    found = load_plain(dumped(tmp_path / 'x.pkl', {'boxes': rows, 'ids': np.array([7, 8]), 'list': [[1, 2], [3, 4]]}))
    assert [to_array(item).shape for item in to_list(found['boxes'])] == [(1, 4), (3, 4)]
    assert to_list(found['ids']) == [7, 8]
    np.testing.assert_array_equal(to_array(found['list']), [[1, 2], [3, 4]])
    assert to_array([[1, 2], [3]]) is to_array(['a']) is to_array({'a': 1}) is to_array(None) is None
    assert to_list('text') is None


@pytest.mark.parametrize('value', [[[[1.0]]], [[1], [[2]]]])
def test_no_table(value: list) -> None:
    assert to_array(value) is None


def test_lists_without_end(tmp_path: Path) -> None:
    """One that holds itself, and one of many lists in one another: neither is a table, and neither ends the program."""
    for stream in (b']q\x00h\x00a.', b']' * 50_000 + b'a' * 49_999 + b'.'):
        (tmp_path / 'x.pkl').write_bytes(stream)
        assert to_array(load_plain(tmp_path / 'x.pkl')) is None


_DEEP = b'(' * 200_000 + b't' * 200_000


@pytest.mark.parametrize(
    'stream',
    [
        b'}' + _DEEP + b'K\x01s.',
        b'}(' + _DEEP + b'K\x01u.',
        b'(' + _DEEP + b'K\x01d.',
        b'\x80\x04\x8f(' + _DEEP + b'\x90.',
        b'\x80\x04(' + _DEEP + b'\x91.',
        b'cbuiltins\nset\n((l' + _DEEP + b'atR.',
        b'ccollections\nOrderedDict\n((l(l' + _DEEP + b'aK\x01aatR.',
    ],
    ids=['setitem', 'setitems', 'dict', 'additems', 'frozenset', 'set', 'OrderedDict'],
)
def test_keys_that_would_end_the_process(tmp_path: Path, stream: bytes) -> None:
    """Python has no limit where it hashes tuples of tuples: the stack overflows."""
    (tmp_path / 'x.pkl').write_bytes(stream)
    with pytest.raises(DataError, match='no pickle of arrays, or damaged') as caught:
        load_plain(tmp_path / 'x.pkl')
    assert 'a key of tuples in a tuple' in caught.value.found


def test_keys(tmp_path: Path) -> None:
    value = {('a', 1): {2, (3, 'b')}, None: frozenset([4.5]), b'c': OrderedDict([((5, 6), 7), (True, 8)])}
    for protocol in range(6):
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(value, protocol))
        assert load_plain(tmp_path / 'x.pkl') == value


@pytest.mark.parametrize('protocol', [2, 4, 5])
def test_instance_data(tmp_path: Path, protocol: int) -> None:
    instances = InstanceData(metainfo={'shape': (1, 2)})
    instances.bboxes, instances.scores = np.ones((2, 4), np.float32), np.zeros(2, np.float32)
    found = plain_fields(load_plain(dumped(tmp_path / 'x.pkl', {'a': instances}, protocol))['a'])
    assert set(found) == {'bboxes', 'scores', 'shape'}
    np.testing.assert_array_equal(to_array(found['bboxes']), np.ones((2, 4)))


class Payload:
    """Pickled as a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple:
        return self.call


class Stated:
    """Pickled with a state."""

    def __init__(self) -> None:
        self.value = 1


def global_of(module: str, name: str) -> bytes:
    return f'c{module}\n{name}\n'.encode()


def payloads(witness: Path) -> dict[str, bytes]:
    """Streams that would make ``witness`` if they ran, or reach for something that could."""
    touch = f'touch {witness}'
    write = f'open({str(witness)!r}, "w")'
    arrays = np.empty(1, dtype=object)
    arrays[0] = Payload(os.system, touch)
    text = f'V{touch}\n'
    reconstruct = global_of('numpy.core.multiarray', '_reconstruct')
    return {
        'os.system': pickle.dumps(Payload(os.system, touch)),
        'os.system, protocol 0': pickle.dumps(Payload(os.system, touch), 0),
        'eval': pickle.dumps({'boxes': [Payload(eval, write)]}),
        'exec of Python 2': global_of('__builtin__', 'eval') + f'(V{write}\ntR.'.encode(),
        'numpy function': pickle.dumps(Payload(np.save, str(witness), 1)),
        'numpy.load': global_of('numpy', 'load') + b'(Vx.npy\ntR.',
        'fromfile': pickle.dumps(Payload(np.fromfile, '/etc/hostname')),
        'object array': pickle.dumps(arrays),
        'object array, protocol 2': pickle.dumps({'a': arrays}, 2),
        'getattr chain': global_of('builtins', 'getattr') + b'(cos\nsystem\nVcall\ntR.',
        'dotted name': b'\x80\x04\x8c\x08builtins\x8c\x0fstr.__subclasses__\x93.',
        'dotted name of a known class': b'\x80\x04\x8c\x05numpy\x8c\x10ndarray.__reduce__\x93)R.',
        'copyreg': global_of('copyreg', '_reconstructor') + b'(cos\n_wrap_close\ncbuiltins\nobject\nNtR.',
        'nested reduce': reconstruct + b'(' + global_of('os', 'system') + b'(' + text.encode() + b'tRI0\nVb\ntR.',
        'another class for ndarray': reconstruct + b'(' + global_of('numpy', 'dtype') + b'(I0\ntVb\ntR.',
        'call of a string': b'Vos.system\n(' + text.encode() + b'tR.',
        'call through the memo': global_of('os', 'system') + b'p0\n0g0\n(' + text.encode() + b'tR.',
        'persistent id': b'Pos.system\n.',
        'binary persistent id': b'\x80\x02Vos.system\nQ.',
        'extension registry': b'\x80\x02\x82\x01.',
        'extension registry, 4 bytes': b'\x80\x02\x84\x01\x00\x00\x00.',
        'INST': f'(V{touch}\nios\nsystem\n.'.encode(),
        'OBJ': b'(' + global_of('os', 'system') + text.encode() + b'o.',
        'NEWOBJ': b'\x80\x02' + global_of('subprocess', 'Popen') + f'(V{touch}\nt\x81.'.encode(),
        'NEWOBJ_EX': b'\x80\x04\x8c\nsubprocess\x8c\x05Popen\x93)}\x92.',
        'buffer outside': b'\x80\x05\x97.',
        'state of a function': reconstruct + b'(N}V__code__\nI1\nstb.',
        'state of a list': b'](N}V__class__\nI1\nstb.',
        'state of another class': pickle.dumps(Stated()),
        'tensor': pickle.dumps(torch.ones(2)),
        'torch storage': global_of('torch.storage', '_load_from_bytes') + b'(Vx\ntR.',
        'bytes of a million': b'\x80\x02' + global_of('__builtin__', 'bytes') + b'(J\x40\x42\x0f\x00tR.',
        'lambda of the stand-ins': global_of('mlkd.pickle_stand_ins', '_items') + b'(NtR.',
    }


@pytest.mark.parametrize('name', list(payloads(Path('x'))))
def test_payload_does_not_run(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    witness = tmp_path / 'ran'
    (tmp_path / 'x.pkl').write_bytes(payloads(witness)[name])
    monkeypatch.setattr('importlib.import_module', lambda *_: pytest.fail('imported'))
    with pytest.raises(DataError) as caught:
        load_plain(tmp_path / 'x.pkl')
    assert caught.value.where == tmp_path / 'x.pkl'
    assert caught.value.found
    assert not witness.exists()


def test_payloads_are_real(tmp_path: Path) -> None:
    """The test above would fail with Python's own machine."""
    witness = tmp_path / 'ran'
    streams = payloads(witness)
    for name in ('os.system', 'os.system, protocol 0', 'eval', 'exec of Python 2', 'object array', 'INST'):
        witness.unlink(missing_ok=True)
        pickle.loads(streams[name])
        assert witness.exists(), name


def test_a_payload_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='nothing of it was executed') as caught:
        load_plain(dumped(tmp_path / 'x.pkl', Payload(os.system, 'true')))
    assert caught.value.found == f'{os.system.__module__}.system'


def test_a_file_changes_nothing_that_stays(tmp_path: Path) -> None:
    """States set on what stands for NumPy would outlive the file."""
    for target in (b'cnumpy\ndtype\n', b'cnumpy.core.multiarray\nscalar\n', b'cnumpy\nndarray\n'):
        (tmp_path / 'x.pkl').write_bytes(target + b'(N}Vbuild\nNs}Vbuild\nNstb.')
        with pytest.raises(DataError):
            load_plain(tmp_path / 'x.pkl')
    assert to_array(load_plain(dumped(tmp_path / 'y.pkl', np.ones(2)))).tolist() == [1, 1]


@pytest.mark.parametrize(
    'stream',
    [
        b'',
        b'no pickle at all',
        b'\x80\x04',
        b'\x80\x04]',
        b'\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x7f.',  # 8 EiB of bytes announced
        b'\x80\x04\x8e\xff\xff\xff\xff\xff\x00\x00\x00.',
        b'\x80\x04\x95\xff\xff\xff\xff\xff\x00\x00\x00.',
        b'\x80\x02r\xff\xff\xff\x7f.',  # a slot of the memo far away, of an empty stack
        b'\x80\x63.',
        b'h\x05.',
        b'R.',
        b'I' + b'9' * 10000 + b'\n.',
    ],
)
def test_damaged(tmp_path: Path, stream: bytes) -> None:
    (tmp_path / 'x.pkl').write_bytes(stream)
    with pytest.raises(DataError):
        load_plain(tmp_path / 'x.pkl')


def test_cut_anywhere(tmp_path: Path) -> None:
    whole = pickle.dumps(DATA, 4)
    for end in range(len(whole)):
        (tmp_path / 'x.pkl').write_bytes(whole[:end])
        with pytest.raises(DataError):
            load_plain(tmp_path / 'x.pkl')


def test_any_byte_changed(tmp_path: Path) -> None:
    """Never another error, whatever is damaged."""
    whole = bytearray(pickle.dumps({'a': np.arange(3, dtype=np.float32), 'b': ['x', 1]}, 2))
    random = np.random.default_rng(0)
    for position in range(len(whole)):
        damaged = whole.copy()
        damaged[position] = random.integers(256)
        (tmp_path / 'x.pkl').write_bytes(damaged)
        try:
            load_plain(tmp_path / 'x.pkl')
        except DataError:
            continue


@pytest.mark.parametrize(
    'array',
    [np.zeros(2, dtype=[('a', 'f4')]), np.zeros(2, dtype='datetime64[s]'), np.zeros(2, dtype=complex), np.matrix([1])],
)
def test_arrays_that_are_refused(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(DataError):
        load_plain(dumped(tmp_path / 'x.pkl', array))


def test_written(tmp_path: Path) -> None:
    content = {'boxes': [np.ones((2, 4), np.float32), np.ones((0, 4))], 'ids': [1, 'b'], 'n': 0}
    dump_plain(tmp_path / 'x.pkl', content)
    stream = (tmp_path / 'x.pkl').read_bytes()
    names = {argument for _, argument, _ in pickletools.genops(stream) if isinstance(argument, str)}
    assert 'numpy.core.multiarray' in names
    assert not any('_core' in name for name in names), 'NumPy 1 has no numpy._core'
    found, own = pickle.loads(stream), load_plain(tmp_path / 'x.pkl')
    np.testing.assert_array_equal(found['boxes'][0], content['boxes'][0])
    np.testing.assert_array_equal(to_array(own['boxes'][0]), content['boxes'][0])
    assert found['ids'] == own['ids'] == [1, 'b']
    assert found['boxes'][0].flags.writeable


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='cannot be read'):
        load_plain(tmp_path / 'none.pkl')
