"""Each benchmark runs, in sizes that take a moment, and prints its ratios."""

from __future__ import annotations

import io
import json
import logging
import re
import runpy
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from interleaved import interleaved

from mlkd.models.utils import weight_files

FOLDER = Path(__file__).parents[2] / 'benchmarks'


def run(script: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What a script prints."""
    monkeypatch.setattr(sys, 'argv', [script, *words])
    monkeypatch.setenv('COLUMNS', '200')
    runpy.run_path(str(FOLDER / script), run_name='__main__')
    return capfd.readouterr().out


def ratios(printed: str, pattern: str) -> list[float]:
    return [float(found) for found in re.findall(pattern, printed, re.MULTILINE)]


def test_ways_are_timed_in_turns() -> None:
    called = []
    seconds = interleaved({'a': lambda: called.append('a'), 'b': lambda: called.append('b')}, rounds=3, warm_up=1)
    assert ''.join(called) == 'abababab'
    assert {name: len(times) for name, times in seconds.items()} == {'a': 3, 'b': 3}
    assert all(taken >= 0 for times in seconds.values() for taken in times)


def test_distillation_step(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    printed = run('distillation_step.py', capfd, monkeypatch, '--repeats', '1', '--batch', '1')
    (ratio,) = ratios(printed, r'^ratio: ([\d.]+) \(aim')
    assert ratio > 0
    parts = ratios(printed, r'^(?:distillation step|student step|teacher forward): ([\d.]+) ms$')
    assert len(parts) == 3
    assert ratio == pytest.approx(parts[0] / (parts[1] + parts[2]), rel=0.1)


def test_parallel_teachers(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    config = str(FOLDER.parent / 'configs' / 'psd' / 'smallconvnet_shapes.py')
    words = ('--config', config, '--parts', '2', '--rounds', '1', '--images', '2', '--batch', '2', '--threads', '1')
    printed = run('parallel_teachers.py', capfd, monkeypatch, *words, '--together', '3')
    (ratio,) = ratios(printed, r'^together faster: ([\d.]+) times')
    alone, together = ratios(printed, r'│ (?:one after the other|3 together) *│ *([\d.]+) │')
    assert ratio == pytest.approx(alone / together, rel=0.1)


def test_networks(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if not (FOLDER.parent / 'data' / 'weights').is_dir():
        pytest.skip('data/weights is not there')
    monkeypatch.chdir(FOLDER.parent)
    config, out = 'configs/msrn/msrn_mobilenetv1_voc07.py', tmp_path / 'speed.json'
    printed = run('networks.py', capfd, monkeypatch, config, '--rounds', '1', '--side', '64', '--out', str(out))
    rows = {row['network']: row for row in json.loads(out.read_text())['networks']}
    assert rows['S-Cls (w/o)']['parameters'] == 218_212
    assert rows['S-Cls (w/o)']['ratio'] == 1
    assert all(row['ms_per_image'] > 0 and f'{row["parameters"]:,}' in printed for row in rows.values())
    assert list(rows) == ['S-Cls (w/o)', 'ML-GCN', 'MSRN', 'MSRN, element-wise']


def test_export_agreement(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip('onnxruntime')
    if not (FOLDER.parent / 'data' / 'voc07_mini').is_dir():
        pytest.skip('data/voc07_mini is not there')
    monkeypatch.chdir(FOLDER.parent)
    monkeypatch.setattr(weight_files, '_missing_allowed', False)
    monkeypatch.setattr(logging.root.manager, 'disable', 0)
    with pytest.raises(SystemExit) as ended:
        run('export_agreement.py', capfd, monkeypatch, '--networks', 'mobilenetv1', 'msrn', '--limit', '3')
    assert ended.value.code == 0
    found = ratios(capfd.readouterr().out, r'│ (?:mobilenetv1|msrn) *│ *3 *│ *[^│]* *│ *([^ │]+) *│')
    assert len(found) == 2
    assert max(found) <= 1e-4


def test_data_loading(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ('--images', '4', '--rounds', '1', '--workers', '0', '--size', '32')
    printed = run('data_loading.py', capfd, monkeypatch, *words)
    assert '4 images to 32 px' in printed
    first, ours = ratios(printed, r'(?:decode and resize|data set, pipeline, batches) *│ *\d+ │ *([\d.]+) │')
    assert first == 1
    assert ours > 0


def test_metric(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    printed = run('metric.py', capfd, monkeypatch, '--images', '300', '--classes', '5', '--rounds', '1')
    rows = re.findall(r'│ (\S.*?) *│ *([\d.]+) │ *[\d.]+ │ *([\d.]+) │', printed)
    assert [name for name, *_ in rows][:4] == [
        *('mlkd, AP as scikit-learn', 'mlkd, AP interpolated', 'mlkd, all 22 numbers', 'scikit-learn, AP')
    ]
    values = {name: float(value) for name, value, _ in rows}
    assert values['mlkd, AP as scikit-learn'] == pytest.approx(values['scikit-learn, AP'])
    assert float(rows[0][2]) == 1


def test_proposal_store(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, 'check_output', _in_this_process)
    printed = run('proposal_store.py', capfd, monkeypatch, '--images', '50', '--boxes', '20')
    assert '50 images x 20 boxes' in printed
    assert len(ratios(printed, r'([\d.]+) of the (?:1 s|100 MiB) allowed')) == 3
    assert len(ratios(printed, r'([\d.]+) of an \.npz each')) == 2


def test_msrn_attention(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, 'check_output', _in_this_process)
    words = ('--images', '1', '--labels', '6', '--channels', '8', '--chunks', '2', '--rounds', '1')
    for more in ((), ('--infer',)):
        printed = run('msrn_attention.py', capfd, monkeypatch, *words, *more)
        assert '1 image(s), 6 labels and groups' in printed
        assert re.search(r'all, kept \(direct\) │ +[\d.]+ │ +1\.00', printed)
        assert re.search(r'│ +2 │ +[\d.]+ │ +[\d.]+', printed)


def _in_this_process(command: list[str], text: bool) -> str:
    """Stands for the fresh process that memory is measured in, which takes seconds to start."""
    before, sys.argv = sys.argv, command[1:]
    try:
        with redirect_stdout(io.StringIO()) as printed:
            runpy.run_path(command[1], run_name='__main__')
    finally:
        sys.argv = before
    return printed.getvalue()


def test_partition_step(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    printed = run('partition_step.py', capfd, monkeypatch, '--repeats', '1', '--batch', '2', '--parts', '2')
    assert len(ratios(printed, r'4 teachers, (?:live|batched|kept): .*, ([\d.]+) plain steps')) == 3


def test_oass_patches(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ('--repeats', '1', '--batch', '2', '--side', '64', '--channels', '8')
    printed = run('oass_patches.py', capfd, monkeypatch, *words)
    assert re.findall(r'^(\w+, \w+): [\d.]+ ms, [\d.]+ MiB$', printed, re.MULTILINE) == [
        *('passes, loop', 'passes, joint', 'patches, loop', 'patches, joint'),
        *('instances, direct', 'instances, moments'),
    ]
    assert all(ratio > 0 for ratio in ratios(printed, r'times faster: ([\d.]+)'))
