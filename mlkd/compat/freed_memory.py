"""How a process gets memory from the system."""

from __future__ import annotations

import ctypes
import os
from typing import Any

#: Parameters of glibc's ``mallopt``, and the highest value of both.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _MOST = -1, -3, 2**31 - 1
#: The highest size of blocks from the heap that glibc took before version 2.35.
_MOST_BEFORE = 32 << 20
#: Variables that say when glibc's ``malloc`` gives memory back.
_TUNED = ('MALLOC_MMAP_MAX_', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TOP_PAD_', 'MALLOC_TRIM_THRESHOLD_', 'GLIBC_TUNABLES')


def keep_freed_memory() -> None:
    """Let this process use memory again that it has freed, up to 2 GiB of it; glibc would give it back and ask anew.

    A step of training frees its maps and gradients and needs as much for the next one. The system hands memory over in
    pages of 4 KiB, cleared, which can take as long as half of the step's arithmetic. No result depends on it; the peak
    of the process grows by some percent, as what is freed lies in pieces. Without glibc, or where the environment tunes
    its ``malloc``, nothing is changed.
    """
    mallopt = _of_glibc('mallopt')
    if mallopt is not None and not any(name in os.environ for name in _TUNED):
        mallopt(_M_MMAP_THRESHOLD, _MOST) or mallopt(_M_MMAP_THRESHOLD, _MOST_BEFORE)
        mallopt(_M_TRIM_THRESHOLD, _MOST)


def give_back_freed_memory() -> None:
    """Give the system what this process has freed and kept, so that its resident memory is what it uses."""
    malloc_trim = _of_glibc('malloc_trim')
    if malloc_trim is not None:
        malloc_trim(0)


def _of_glibc(name: str) -> Any:
    """A function of glibc; None on other systems."""
    return getattr(ctypes.CDLL(None), name, None) if os.name == 'posix' else None
