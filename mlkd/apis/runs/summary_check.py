"""Whether a summary is one: files of runs are copied, cut, mended by hand and written by other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_NUMBER, _TEXT = (int, float), (str,)
_NAMES = {str: 'text', dict: 'an object', list: 'a list', bool: 'true or false', type(None): 'null'}
#: What tables read, where it is there: kinds by key.
_SUMMARY = {
    'config': _TEXT,
    'seed': (int,),
    'student_stage': _TEXT,
    'table_row': _TEXT,
    'command': _TEXT,
    'versions': (dict,),
}
_STAGE = {
    'metrics': (dict,),
    'per_class': (dict,),
    'table_row': _TEXT,
    'network_sha256': _TEXT,
    'seconds': _NUMBER,
    'images_per_second': _NUMBER,
    'parameters': _NUMBER,
    'peak_memory_mib': (dict,),
    'epochs_measured': (dict,),
    'parts': (dict,),
    'data': (dict,),
}
_CLASS = {'AP': _NUMBER, 'P': _NUMBER, 'R': _NUMBER, 'F1': _NUMBER}


def misfits(summary: Any) -> Iterator[str]:
    """What of a summary is not what it should be, as ``'stages.student.seconds: text'``.

    Args:
        summary: The content of ``summary.json``. Keys may be missing, and values may be null, but for ``stages``.
    """
    if not isinstance(summary, dict) or not isinstance(summary.get('stages'), dict):
        yield 'no stages' if isinstance(summary, dict) else _name(summary)
        return
    yield from _wrong(summary, _SUMMARY, '')
    for name, stage in summary['stages'].items():
        yield from _stage_misfits(stage, f'stages.{name}')


def _stage_misfits(stage: Any, where: str) -> Iterator[str]:
    if not isinstance(stage, dict):
        yield f'{where}: {_name(stage)}'
        return
    wrong = list(_wrong(stage, _STAGE, f'{where}.'))
    yield from wrong
    if wrong:
        return
    yield from _wrong(stage.get('metrics') or {}, None, f'{where}.metrics.')
    yield from _wrong(stage.get('peak_memory_mib') or {}, None, f'{where}.peak_memory_mib.')
    for name, images in (stage.get('data') or {}).items():
        if not isinstance(images, dict) or not {'sha256', 'images'} <= images.keys():
            yield f'{where}.data.{name}: no sha256 or no images'
    report = stage.get('per_class') or {}
    for key in ('classes', 'left_out'):
        if not isinstance(report.get(key, []), list):
            yield f'{where}.per_class.{key}: {_name(report[key])}'
            return
    for index, row in enumerate(report.get('classes', [])):
        place = f'{where}.per_class.classes.{index}'
        if not isinstance(row, dict) or not isinstance(row.get('name'), str):
            yield f'{place}: no name'
        elif not isinstance(row.get('positives'), int):
            yield f'{place}: no positives'
        else:
            yield from _wrong(row, _CLASS, f'{place}.')


def _wrong(values: Mapping[str, Any], kinds: Mapping[str, tuple] | None, where: str) -> Iterator[str]:
    """Values of other kinds; without ``kinds``, all are to be numbers or made of several."""
    for key, value in values.items():
        expected = (*_NUMBER, list, dict) if kinds is None else kinds.get(key)
        if value is not None and expected is not None and (isinstance(value, bool) or not isinstance(value, expected)):
            yield f'{where}{key}: {_name(value)}'


def _name(value: Any) -> str:
    return _NAMES.get(type(value), 'a number')
