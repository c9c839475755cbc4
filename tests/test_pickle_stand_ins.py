from __future__ import annotations

import pickle

import numpy as np
import pytest

from mlkd.pickle_stand_ins import GLOBALS, Array, Dtype, InstanceData, StandIn, array_of


def dtype(code: str, order: str = '<') -> Dtype:
    made = Dtype(code, 0, 1)
    made.set_state((3, order, None, None, None, -1, -1, 0))
    return made


@pytest.mark.parametrize('code', ['f4', 'i8', 'u1', 'b1', 'f2'])
@pytest.mark.parametrize('order', ['<', '>'])
def test_arrays_of_any_byte_order(code: str, order: str) -> None:
    values = np.arange(6).reshape(2, 3).astype(order + code)
    np.testing.assert_array_equal(array_of(values.tobytes(), dtype(code, order), (2, 3)), values)
    fortran = array_of(values.tobytes('F'), dtype(code, order), (2, 3), 'F')
    np.testing.assert_array_equal(fortran, values)


def test_bytes_that_python_2_wrote_as_a_string() -> None:
    values = np.array([1.5, -2.5], '<f4')
    np.testing.assert_array_equal(array_of(values.tobytes().decode('latin1'), dtype('f4'), (2,)), values)


def test_an_array_of_objects_is_their_list() -> None:
    assert array_of(['a', 1], dtype('O8', '|'), (2,)) == ['a', 1]
    for content, shape in ((['a'], (2,)), (['a', 'b'], (1, 2)), (b'ab', (2,))):
        with pytest.raises(pickle.UnpicklingError, match='not a row'):
            array_of(content, dtype('O8', '|'), shape)


@pytest.mark.parametrize(
    ('content', 'shape', 'order'),
    [
        (b'1234', (2,), 'C'),
        (b'', (10**30,), 'C'),
        (b'1234', (-1,), 'C'),
        (b'1234', (True,), 'C'),
        (b'1234', [1], 'C'),
        (b'1234', (1,), 'X'),
        ([1], (1,), 'C'),
    ],
)
def test_parts_that_do_not_fit(content: object, shape: object, order: str) -> None:
    with pytest.raises(pickle.UnpicklingError):
        array_of(content, dtype('f4'), shape, order)


@pytest.mark.parametrize('code', ['V4', 'M8', 'f4,f4', 'c8', 3, 'f16', 'S9999999999'])
def test_types_that_are_no_plain_values(code: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match='an array of type'):
        Dtype(code)


@pytest.mark.parametrize(
    'state', [None, (3, '<'), (3, 'x', None, None, None), (3, '<', None, ('a',), None), (3, '|', None, None, {'a': 1})]
)
def test_states_of_types_with_fields_or_unknown_ones(state: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match='array type'):
        Dtype('f4').set_state(state)


@pytest.mark.parametrize(('code', 'width', 'expected'), [('S', 5, '|S5'), ('U', 20, '<U5')])
def test_the_width_of_strings_in_old_pickles(code: str, width: int, expected: str) -> None:
    made = Dtype(code)
    made.set_state((3, '<' if code == 'U' else '|', None, None, None, width, 1, 0))
    assert made.numpy() == np.dtype(expected)


def test_objects_take_their_state_and_nothing_else() -> None:
    data = InstanceData()
    data.set_state({'bboxes': 1, '_data_fields': {'bboxes'}})
    assert data.fields == {'bboxes': 1}
    filled = Array()
    filled.set_state((1, (2,), dtype('i4'), False, np.array([7, 8], '<i4').tobytes()))
    np.testing.assert_array_equal(filled.values, [7, 8])
    for thing, state in ((InstanceData(), [1]), (Array(), (1, 2)), (StandIn(), {})):
        with pytest.raises(pickle.UnpicklingError):
            thing.set_state(state)


def call(module: str, name: str, *arguments: object) -> object:
    return GLOBALS[module, name].build(*arguments)


def test_globals_build_plain_values() -> None:
    assert call('builtins', 'set', [1, 1]) == {1}
    assert call('__builtin__', 'frozenset') == frozenset()
    assert call('builtins', 'bytearray', 'é', 'latin1') == b'\xe9'
    assert call('_codecs', 'encode', 'é', 'latin1') == b'\xe9'
    assert call('collections', 'OrderedDict', [['a', 1]]) == {'a': 1}
    assert call('numpy.core.multiarray', 'scalar', dtype('f8'), np.float64(0.5).tobytes()) == 0.5
    assert call('detectron2.structures.boxes', 'BoxMode', 1) == 1


@pytest.mark.parametrize(
    ('module', 'name', 'arguments'),
    [
        ('builtins', 'set', ({1},)),
        ('builtins', 'bytes', (10**12,)),
        ('_codecs', 'encode', ('a', 'rot13')),
        ('collections', 'OrderedDict', ('ab',)),
        ('detectron2.structures.boxes', 'BoxMode', ('1',)),
        ('numpy.core.multiarray', '_reconstruct', (np.ndarray, (0,), b'b')),
    ],
)
def test_globals_refuse_what_a_pickle_of_arrays_does_not_hold(module: str, name: str, arguments: tuple) -> None:
    with pytest.raises(pickle.UnpicklingError):
        call(module, name, *arguments)


def test_nothing_can_be_set_on_what_a_pickle_calls() -> None:
    with pytest.raises(AttributeError):
        GLOBALS['numpy', 'dtype'].other = 1  # type: ignore[attr-defined]
    assert not {module.split('.')[0] for module, _ in GLOBALS} & {'os', 'sys', 'subprocess', 'posix', 'torch'}
