"""Pickles of plain data: read without executing anything, written so that old and new NumPy read them.

The machine below knows the opcodes that build numbers, strings, bytes and containers. A global is looked up in a closed
table (:data:`~mlkd.pickle_stand_ins.GLOBALS`) and never imported; only what stands in that table is
called, and only stand-ins take a state. Persistent ids, the extension registry, buffers outside the file and the
opcodes that make objects in other ways do not exist here.
"""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import IO, Any

import numpy as np

from mlkd.errors import DataError, MLKDError
from mlkd.fileio import atomic_write
from mlkd.pickle_stand_ins import GLOBALS, Array, Constructor, InstanceData, StandIn, checked_key

#: Those written in Python, in which each opcode can be chosen.
_PythonUnpickler: Any = pickle._Unpickler  # type: ignore[attr-defined]
_PythonPickler: Any = pickle._Pickler  # type: ignore[attr-defined]
_OPCODES = (
    'PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWFALSE NEWTRUE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT '
    'BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8 UNICODE BINUNICODE '
    'SHORT_BINUNICODE BINUNICODE8 TUPLE EMPTY_TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST LIST EMPTY_DICT DICT EMPTY_SET '
    'ADDITEMS FROZENSET APPEND APPENDS SETITEM SETITEMS GET BINGET LONG_BINGET PUT BINPUT LONG_BINPUT MEMOIZE GLOBAL '
    'STACK_GLOBAL REDUCE BUILD NEWOBJ'
)
_FAULTS = (
    pickle.UnpicklingError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def load_plain(path: str | Path, error: type[MLKDError] = DataError) -> Any:
    """Read a pickle of any protocol; strings of Python 2 are taken as Latin-1.

    Args:
        path: The file.
        error: What to raise.

    Returns:
        Numbers, strings, bytes and containers; arrays as :func:`to_array` takes them; an ``InstanceData`` of MMEngine
        as a dict of its fields.

    Raises:
        MLKDError: If the file is missing, cut short, no pickle, or wants anything but data.
    """
    try:
        with open(path, 'rb') as file:
            return _Machine(_WholeReads(file, Path(path).stat().st_size)).load()
    except OSError as fault:
        raise error('A file cannot be read.', where=path, found=fault.strerror, fix='check the path') from fault
    except _RefusedError as fault:
        raise error(
            'A pickle holds something else than data; nothing of it was executed.',
            where=path,
            found=str(fault),
            expected='arrays, numbers, strings and containers',
            fix='do not load this file with other tools either unless you trust where it is from; '
            'tensors and other objects: save them as NumPy arrays',
        ) from fault
    except _FAULTS as fault:
        cut = isinstance(fault, (EOFError, MemoryError)) or 'exhausted' in str(fault)
        raise error(
            'A pickle is cut short.' if cut else 'A file is no pickle of arrays, or damaged.',
            where=path,
            found=f'{type(fault).__name__}: {fault}',
            fix='get or make the file again',
        ) from fault


def plain_fields(value: Any) -> Any:
    """The fields of an ``InstanceData``; everything else as it is."""
    return value.fields if isinstance(value, InstanceData) else value


def to_array(value: Any, depth: int = 2) -> np.ndarray | None:
    """An array of numbers.

    Args:
        value: Part of what :func:`load_plain` gives: an array, or numbers or arrays in lists.
        depth: How many lists may lie in one another; one that holds itself has no end.

    Returns:
        The array; None if there is something else than numbers in it, or rows differ in length.
    """
    if isinstance(value, Array):
        value = value.values
    if isinstance(value, (list, tuple)):
        if not depth:
            return None
        rows = [to_array(row, depth - 1) if isinstance(row, (list, tuple, StandIn)) else row for row in value]
        if not all(isinstance(row, (int, float, np.ndarray)) for row in rows):
            return None
        try:
            value = np.array(rows, np.float64 if not rows else None)
        except ValueError:
            return None
    return value if isinstance(value, np.ndarray) and value.dtype.kind in 'biuf' else None


def to_list(value: Any) -> list | None:
    """The items of a list, a tuple, an array of one dimension or one of objects; None if it is something else."""
    if isinstance(value, Array):
        value = value.values
    if isinstance(value, np.ndarray):
        return value.tolist() if value.ndim == 1 else None
    return list(value) if isinstance(value, (list, tuple)) else None


def dump_plain(path: str | Path, content: Any) -> None:
    """Write a pickle (protocol 4) of containers, numbers and arrays, atomically."""
    with atomic_write(path, 'wb') as file:
        _PortablePickler(file, protocol=4).dump(content)


class _RefusedError(pickle.UnpicklingError):
    """The pickle wants something that is not data."""


class _Opcodes(dict):
    """Of the pickle machine: those that are not here are refused."""

    def __missing__(self, code: int) -> Any:
        kind = _RefusedError if code in _PythonUnpickler.dispatch else pickle.UnpicklingError
        raise kind(f'opcode {bytes([code])!r}')


class _WholeReads:
    """A file that never gives less than was asked for, nor makes room for more than it holds."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size

    def read(self, count: int) -> bytes:
        if count > self._size - self._file.tell():
            raise EOFError(f'{count} bytes are announced that are not there')
        return self._file.read(count)

    def readline(self) -> bytes:
        line = self._file.readline()
        if not line.endswith(b'\n'):
            raise EOFError('a line does not end')
        return line


class _Machine(_PythonUnpickler):
    dispatch = _Opcodes(
        (code, _PythonUnpickler.dispatch[code]) for code in (getattr(pickle, name)[0] for name in _OPCODES.split())
    )

    def __init__(self, file: _WholeReads) -> None:
        super().__init__(file, encoding='latin1')

    def find_class(self, module: str, name: str) -> Constructor:
        try:
            return GLOBALS[module, name]
        except (KeyError, TypeError):
            raise _RefusedError(f'{str(module)[:80]}.{str(name)[:80]}') from None

    def load_reduce(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.stack.append(_called(function, arguments))

    def load_build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if not isinstance(target, StandIn):
            raise _RefusedError(f'a state for {type(target).__name__}')
        target.set_state(state)

    def load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.stack[-1][checked_key(key)] = value

    def load_setitems(self) -> None:
        items = self.pop_mark()
        for key, value in zip(items[::2], items[1::2], strict=True):
            self.stack[-1][checked_key(key)] = value

    def load_dict(self) -> None:
        items = self.pop_mark()
        self.append({checked_key(key): value for key, value in zip(items[::2], items[1::2], strict=True)})

    def load_additems(self) -> None:
        items = self.pop_mark()
        for item in items:
            self.stack[-1].add(checked_key(item))

    def load_frozenset(self) -> None:
        items = self.pop_mark()
        self.append(frozenset(map(checked_key, items)))

    def load_bytearray8(self) -> None:
        (count,) = struct.unpack('<Q', self.read(8))
        self.append(self.read(count))

    dispatch[pickle.REDUCE[0]] = dispatch[pickle.NEWOBJ[0]] = load_reduce
    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8
    dispatch[pickle.SETITEM[0]], dispatch[pickle.SETITEMS[0]] = load_setitem, load_setitems
    dispatch[pickle.DICT[0]] = load_dict
    dispatch[pickle.ADDITEMS[0]], dispatch[pickle.FROZENSET[0]] = load_additems, load_frozenset


def _called(function: Any, arguments: Any) -> Any:
    if not isinstance(function, Constructor) or not isinstance(arguments, tuple):
        raise _RefusedError(f'a call of {type(function).__name__}')
    return function.build(*arguments)


class _PortablePickler(_PythonPickler):
    """Names NumPy's function as NumPy 1 does; NumPy 2 knows both names."""

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if getattr(obj, '__module__', '') == 'numpy._core.multiarray':
            self.save('numpy.core.multiarray')
            self.save(obj.__name__)
            self.write(pickle.STACK_GLOBAL)
            self.memoize(obj)
        else:
            super().save_global(obj, name)
