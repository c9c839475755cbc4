from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlkd.compat import use_huge_pages

SWITCH = Path('/sys/kernel/mm/transparent_hugepage/enabled')
PROGRAM = """
import mlkd, torch
x = torch.empty(1 << 25).fill_(1)
print(sum(int(line.split()[1]) for line in open('/proc/self/smaps') if line.startswith('AnonHugePages')))
"""


@pytest.mark.skipif(
    not SWITCH.exists() or '[madvise]' not in SWITCH.read_text(), reason='huge pages are not given on request here'
)
def test_large_tensors_are_in_huge_pages() -> None:
    environment = {key: value for key, value in os.environ.items() if key != 'THP_MEM_ALLOC_ENABLE'}
    printed = subprocess.check_output([sys.executable, '-c', PROGRAM], text=True, env=environment)
    assert int(printed.split()[-1]) > 8 << 10


def test_what_is_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('THP_MEM_ALLOC_ENABLE', '0')
    use_huge_pages()
    assert os.environ['THP_MEM_ALLOC_ENABLE'] == '0'
