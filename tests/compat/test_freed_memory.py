from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

#: Some steps of training with maps of 16 MiB; says how many pages they got from the system after the first ones.
PROGRAM = """
import mlkd, resource, torch
pages = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
torch.set_num_threads(1)
net = torch.nn.Sequential(*(m for c in (3, 16, 16) for m in (torch.nn.Conv2d(c, 16, 3, padding=1), torch.nn.ReLU())))
x = torch.rand(4, 3, 256, 256)
for step in range(8):
    if step == 3:
        before = pages()
    net(x).mean().backward()
print(pages() - before)
"""


def new_pages(**environment: str) -> int:
    own = {key: value for key, value in os.environ.items() if not key.startswith(('MALLOC_', 'GLIBC_TUNABLES'))}
    printed = subprocess.check_output([sys.executable, '-c', PROGRAM], text=True, env={**own, **environment})
    return int(printed.split()[-1])


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='this system has another malloc')
def test_freed_memory_is_used_again_unless_the_environment_tunes_malloc():
    anew = new_pages(MALLOC_MMAP_THRESHOLD_='131072', THP_MEM_ALLOC_ENABLE='0')
    # 16 MiB have 4096 pages of 4 KiB.
    assert anew > 5 * 4096
    assert new_pages() < anew / 4
