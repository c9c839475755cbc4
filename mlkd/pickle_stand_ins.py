"""What stands for the classes and functions that a pickle of arrays names: each keeps data and executes nothing."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np

#: Booleans, integers, floats, byte and unicode strings, and objects (kept as lists of what is admitted itself).
_DTYPE = re.compile(r'[<>|=]?(\?|b1|[iu][1248]|f[248]|[SU]\d{0,9}|O8?)')


class Constructor:
    """A global of a pickle that may be called.

    Nothing can be set on it, and the pickle machine calls nothing else.

    Args:
        build: Gets the arguments in the pickle.
    """

    __slots__ = ('build',)

    def __init__(self, build: Callable[..., Any]) -> None:
        self.build = build


class StandIn:
    """An object whose state comes after it."""

    def set_state(self, state: Any) -> None:
        """Take the state that the pickle gives."""
        raise pickle.UnpicklingError(f'{type(self).__name__} has no state')


class Dtype(StandIn):
    """A NumPy dtype of plain values.

    Args:
        code: As in ``numpy.dtype(code)``; the flags that follow it in a pickle mean nothing here.
    """

    def __init__(self, code: Any, *flags: Any) -> None:
        if not isinstance(code, str) or not _DTYPE.fullmatch(code):
            raise pickle.UnpicklingError(f'an array of type {str(code)[:40]!r}')
        self.code, self.order = code.lstrip('<>|='), '='

    def set_state(self, state: Any) -> None:
        """Take the byte order; fields and sub-arrays are refused."""
        if not isinstance(state, tuple) or len(state) < 5 or state[1] not in ('<', '>', '|', '='):
            raise pickle.UnpicklingError('an array type with an unknown state')
        if state[2] is not None or state[3] is not None or state[4] is not None:
            raise pickle.UnpicklingError('an array type with fields')
        self.order = state[1]
        if self.code in ('S', 'U') and isinstance(state[5], int):
            # In old pickles the width stands in the state alone, in bytes.
            self.code += str(state[5] // (4 if self.code == 'U' else 1))

    def numpy(self) -> np.dtype:
        """The dtype itself."""
        return np.dtype(self.order + self.code)


class Array(StandIn):
    """A NumPy array, filled when its state comes."""

    def __init__(self) -> None:
        self.values: np.ndarray | list = np.empty(0)

    def set_state(self, state: Any) -> None:
        """Take (version, shape, dtype, Fortran order, bytes or list of objects)."""
        if not isinstance(state, tuple) or len(state) not in (4, 5):
            raise pickle.UnpicklingError('an array with an unknown state')
        shape, dtype, fortran, content = state[-4:]
        self.values = array_of(content, dtype, shape, 'F' if fortran else 'C')


class InstanceData(StandIn):
    """MMEngine's ``InstanceData``: its fields as a dict."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}

    def set_state(self, state: Any) -> None:
        """Take the object's attributes."""
        if not isinstance(state, dict):
            raise pickle.UnpicklingError('an InstanceData without fields')
        self.fields = {key: value for key, value in state.items() if not str(key).startswith('_')}


def array_of(content: Any, dtype: Any, shape: Any, order: Any = 'C') -> np.ndarray | list:
    """An array of bytes, or the list of an array of objects.

    Args:
        content: Bytes, a string of them as Python 2 wrote it, or a list.
        dtype: A :class:`Dtype`.
        shape: Tuple of counts.
        order: ``'C'`` or ``'F'``.

    Raises:
        pickle.UnpicklingError: If they do not fit together.
    """
    if not isinstance(dtype, Dtype) or not isinstance(shape, tuple) or order not in ('C', 'F', 'A', 'K'):
        raise pickle.UnpicklingError('an array without type or shape')
    if not all(type(count) is int and count >= 0 for count in shape):
        raise pickle.UnpicklingError(f'an array of shape {shape!r:.60}')
    if dtype.code.startswith('O'):
        if not isinstance(content, list) or (len(shape), *shape) != (1, len(content)):
            raise pickle.UnpicklingError('an array of objects that is not a row of them')
        return content
    if isinstance(content, str):
        content = content.encode('latin1')
    kind, count = dtype.numpy(), int(np.prod(shape, dtype=object))
    if not isinstance(content, (bytes, bytearray)) or len(content) != count * kind.itemsize:
        raise pickle.UnpicklingError(f'an array whose bytes are not those of shape {shape}')
    return np.frombuffer(content, kind).reshape(shape, order='F' if order == 'F' else 'C')


def _reconstruct(kind: Any, *start: Any) -> Array:
    if kind is not _NDARRAY:
        raise pickle.UnpicklingError('an array of a class of its own')
    return Array()


def _scalar(dtype: Any, content: Any = b'') -> Any:
    values = array_of(content, dtype, (1,))
    return values[0] if isinstance(values, list) else values[0].item()


def _encode(text: Any, encoding: Any = 'latin1') -> bytes:
    if not isinstance(text, str) or encoding != 'latin1':
        raise pickle.UnpicklingError('bytes in another encoding')
    return text.encode('latin1')


def _bytes(content: Any = b'', encoding: Any = 'latin1') -> bytes:
    return _encode(content, encoding) if isinstance(content, str) else _of(bytes, content)


def checked_key(value: Any) -> Any:
    """What may be a key of a dict or in a set.

    Raises:
        pickle.UnpicklingError: If it is a tuple that holds tuples: Python hashes those of a thousand levels by as many
            calls, which ends the process.
    """
    if isinstance(value, tuple) and any(isinstance(item, tuple) for item in value):
        raise pickle.UnpicklingError('a key of tuples in a tuple')
    return value


def _items(kind: type) -> Constructor:
    return Constructor(lambda items=(): kind(map(checked_key, _of(list, items)) if items != () else ()))


def _pairs(pairs: Any = ()) -> dict:
    return {checked_key(key): value for key, value in (_of(list, pairs) if pairs != () else ())}


def _of(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise pickle.UnpicklingError(f'{kind.__name__} of {type(value).__name__}')
    return value


def _box_mode(value: Any) -> int:
    return _of(int, value)


_NDARRAY = Constructor(lambda *arguments: Array())
_ARRAY_MODULES = ('numpy.core.multiarray', 'numpy._core.multiarray')
#: All that a pickle may name: (module, name) -> what stands for it.
GLOBALS: dict[tuple[str, str], Constructor] = {
    ('numpy', 'ndarray'): _NDARRAY,
    ('numpy', 'dtype'): Constructor(Dtype),
    **{(module, '_reconstruct'): Constructor(_reconstruct) for module in _ARRAY_MODULES},
    **{(module, 'scalar'): Constructor(_scalar) for module in _ARRAY_MODULES},
    **{(module, '_frombuffer'): Constructor(array_of) for module in ('numpy.core.numeric', 'numpy._core.numeric')},
    ('_codecs', 'encode'): Constructor(_encode),
    ('collections', 'OrderedDict'): Constructor(_pairs),
    ('mmengine.structures.instance_data', 'InstanceData'): Constructor(InstanceData),
    ('detectron2.structures.boxes', 'BoxMode'): Constructor(_box_mode),
}
for _module in ('builtins', '__builtin__'):
    GLOBALS[_module, 'set'], GLOBALS[_module, 'frozenset'] = _items(set), _items(frozenset)
    GLOBALS[_module, 'bytes'] = GLOBALS[_module, 'bytearray'] = Constructor(_bytes)
