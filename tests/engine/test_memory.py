"""Peaks of memory, of this process and of a GPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mlkd.engine import memory
from mlkd.engine.memory import peak_memory_mib, reset_peak_memory


def test_a_block_counts_although_it_is_gone() -> None:
    reset_peak_memory()
    before = peak_memory_mib()['rss']
    block = np.ones(64 << 20, dtype=np.uint8)
    del block
    assert peak_memory_mib()['rss'] >= before + 50


@pytest.mark.skipif(not Path('/proc/self/clear_refs').exists(), reason='only Linux forgets a peak')
def test_what_was_before_is_forgotten() -> None:
    block = np.ones(64 << 20, dtype=np.uint8)
    high = peak_memory_mib()['rss']
    del block
    reset_peak_memory()
    assert peak_memory_mib()['rss'] <= high - 50


def test_where_linux_tells_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status = tmp_path / 'status'
    status.write_text('Name:\tpython\nVmPeak:\t 9999999 kB\nVmHWM:\t  204902 kB\nVmRSS:\t  102400 kB\n')
    monkeypatch.setattr(memory, 'Path', lambda path: status)
    assert peak_memory_mib()['rss'] == 200.1  # 204902 / 1024 = 200.0996


@pytest.mark.parametrize(('platform', 'unit'), [('darwin', 1 << 20), ('linux', 1 << 10)])
def test_where_it_does_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, unit: int) -> None:
    """macOS tells bytes, others KiB."""
    monkeypatch.setattr(memory, 'Path', lambda path: tmp_path / 'none')
    monkeypatch.setattr(memory.sys, 'platform', platform)
    usage = type('Usage', (), {'ru_maxrss': 300 * unit})
    monkeypatch.setattr(memory.resource, 'getrusage', lambda who: usage)
    assert peak_memory_mib()['rss'] == 300


def test_a_system_that_forgets_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, 'Path', lambda path: tmp_path / 'no' / 'such' / 'file')
    reset_peak_memory()


def test_a_gpu_has_a_peak_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[bool] = []
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'reset_peak_memory_stats', lambda: forgotten.append(True))
    monkeypatch.setattr(torch.cuda, 'max_memory_allocated', lambda: 3 << 19)
    reset_peak_memory()
    assert forgotten == [True]
    assert peak_memory_mib()['cuda'] == 1.5
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert list(peak_memory_mib()) == ['rss']
