from __future__ import annotations

import json
from pathlib import Path

from mlkd.engine.hooks.validation_record import ValidationRecord


def filled(folder: Path, *scores: tuple[float, float], select_by: str = 'mAP') -> tuple[ValidationRecord, list]:
    """A record of validations, one per epoch of five iterations: of the live and of the averaged weights."""
    record = ValidationRecord(folder, select_by)
    best = [
        record.add(epoch, 5 * epoch, {'live': {'mAP': live}, 'ema': {'mAP': ema}})
        for epoch, (live, ema) in enumerate(scores, start=1)
    ]
    return record, best


def test_best_of_both(tmp_path: Path) -> None:
    record, best = filled(tmp_path, (50.0, 40.0), (49.0, 60.0), (60.0, 60.0), (61.0, 61.0))
    assert best == ['live', 'ema', None, 'live']
    report = record.report()
    assert report['best'] == {'epoch': 4, 'weights': 'live', 'metrics': {'mAP': 61.0}}
    assert report['last'] == {'epoch': 4, 'ema': {'mAP': 61.0}, 'live': {'mAP': 61.0}}


def test_nothing_measured(tmp_path: Path) -> None:
    """No validation, or none with the number that is asked for: that of a part without a positive is no number."""
    assert filled(tmp_path)[0].report() == {'select_by': 'mAP', 'last': None, 'best': None}
    record, best = filled(tmp_path, (float('nan'), float('nan')))
    assert best == [None]
    assert record.best() is None
    record, best = filled(tmp_path, (float('nan'), float('nan')), (1.0, float('nan')))
    assert best == [None, 'live']
    assert filled(tmp_path, (1.0, 2.0), select_by='CF1')[0].best() is None


def test_what_came_later_is_forgotten(tmp_path: Path) -> None:
    record, _ = filled(tmp_path, (1.0, 2.0), (5.0, 2.0), (3.0, 4.0))
    record.note(network_sha256='abc')
    record.write()
    assert json.loads((tmp_path / 'validations.json').read_text())['validations'][2]['network_sha256'] == 'abc'
    resumed = ValidationRecord(tmp_path, 'mAP')
    resumed.resume(12)
    assert resumed.has(10)
    assert not resumed.has(15)
    assert resumed.entries == record.entries[:2]
    assert resumed.best() == {**record.entries[1], 'weights': 'live'}
    empty = ValidationRecord(tmp_path / 'elsewhere', 'mAP')
    empty.resume(12)
    assert not empty.entries
