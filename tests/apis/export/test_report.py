"""Tables and files of what an export found, from a made-up report."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from mlkd.apis.export.report import markdown, print_report, put_report, tables, write_report
from mlkd.console import console
from mlkd.errors import ConfigError

CHECK = {'on': 'trip', 'images': 12, 'logits': 3.21e-5, 'scores': 1e-6, 'decisions': 1, 'labels': 60, 'equal': True}


def timed(name: str, speed: dict[str, float], cpu: dict[str, float], **facts: Any) -> dict[str, Any]:
    numbers = {'images_per_second': speed, 'cpu_ms_per_image': cpu}
    return {'name': name, 'threads': 2, 'bytes': 1_234_567, 'peak_rss_mib': 1023.6, **numbers, **facts}


REPORT: dict[str, Any] = {
    'format': 'onnx',
    'preprocessing': 'view',
    'file': 'student.onnx',
    'check': {**CHECK, 'tolerance': 1e-4, 'worst': 'a.jpg'},
    'machine': {'cpus': 2, 'load': [1.5, 2.0, 2.0]},
    'versions': {'torch': '2.1', 'onnx': '1.15', 'onnxruntime': '1.17', 'numpy': '2'},
    'command': 'mlkd export',
}
TIMING = [
    timed('teacher', {'1': 2.0}, {'1': 500.0}),
    timed('student', {'1': 1234.56, '16': 2000.0}, {'1': 4.0, '16': 3.04}),
]


def report(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(REPORT), **changes}


def printed(given: dict[str, Any]) -> str:
    with console.capture() as capture:
        print_report(given)
    return capture.get()


def test_speeds_size_and_memory() -> None:
    (table,) = tables(report(timing=TIMING))
    assert table.columns[1:3] == ('images/s, 1 at a time', 'images/s, 16 at a time')
    assert table.rows == (
        ('teacher', '2.0', '-', '500.0', '1.23', '1,024'),
        # The processor time of the batch that needs least.
        ('student', '1,234.6', '2,000.0', '3.0', '1.23', '1,024'),
    )


def test_what_was_measured_before_and_after() -> None:
    before, after = ({'mAP': value, 'F1-C': value - 1, 'OF1': value - 2, 'x': 0} for value in (70.126, 69.0))
    metrics = {'config': 'kd.py', 'images': 40, 'before': before, 'after': after}
    (table,) = tables(report(metrics=metrics, format='int8'))
    assert table.title == '40 images of kd.py, percent'
    assert table.columns == ('', 'mAP', 'F1-C', 'F1-O')
    assert table.rows == (
        ('student, PyTorch', '70.13', '69.13', '68.13'),
        ('exported, int8', '69.00', '68.00', '67.00'),
    )


def test_what_was_tried_and_which_is_written() -> None:
    trials = [
        {'kept': kept, 'layers': n, 'of': 9, 'mean_score': 0.01234 / (n + 1)} for n, kept in enumerate(('no', 'a'))
    ]
    (table,) = tables(report(quantisation={'trials': trials}))
    assert table.rows == (('no', '0 of 9', '0.0123'), ('a', '1 of 9', '0.0062'))
    assert table.best == 1


def test_agreement_is_printed() -> None:
    said = (
        '12 photos of trip: largest difference of a logit 3.2e-05, of a score 1e-06; 1 of 60 labels decided otherwise'
    )
    assert printed(report()).strip() == said
    drawn = {**REPORT['check'], 'on': 'drawn images'}
    assert printed(report(check=drawn)).startswith('12 drawn images: ')


@pytest.mark.parametrize(('kind', 'told'), [('onnx', True), ('int8', False)])
def test_a_file_that_differs(kind: str, told: bool) -> None:
    """INT8 is meant to."""
    check = {**REPORT['check'], 'equal': False, 'worst': '[/a].jpg'}
    text = printed(report(format=kind, check=check))
    assert ('more than 0.0001, worst for [/a].jpg: the file does not compute' in text) == told
    assert ('kept aside as student.onnx' in text) == told


def test_with_what_it_was_timed() -> None:
    text = printed(report(timing=TIMING))
    assert '2 thread(s) each, load of the machine 1.5 on 2 cores' in text
    facts = markdown(report(timing=TIMING)).splitlines()[-4:]
    assert facts[0].startswith('- check: 12 photos of trip')
    assert facts[1:] == [
        '- command: `mlkd export`',
        '- machine: 2 CPU cores, whose load was 1.5 when it began; 2 thread(s) for each network',
        '- versions: torch 2.1, onnx 1.15, onnxruntime 1.17',
    ]


def test_all_numbers_beside_the_file(tmp_path: Path) -> None:
    path = write_report(report(timing=TIMING), tmp_path / 'student.int8.onnx')
    assert path == tmp_path / 'student.int8.onnx.json'
    assert json.loads(path.read_text()) == report(timing=TIMING)


def test_a_page_keeps_what_is_not_of_the_export(tmp_path: Path) -> None:
    page = tmp_path / 'page.md'
    put_report(report(), page)
    assert page.read_text().startswith('# Exports\n')
    page.write_text(page.read_text() + '\nBy hand.\n')
    put_report(report(format='int8'), page)
    put_report(report(command='mlkd export --again'), page)
    text = page.read_text()
    assert text.count('By hand.') == text.count('--again') == 1
    assert [text.count(f'<!-- results: export-{kind}-view -->') for kind in ('onnx', 'int8')] == [1, 1]
    page.write_text(text.replace('<!-- end of results: export-onnx-view -->', ''))
    with pytest.raises(ConfigError):
        put_report(report(), page)
