"""How a process gets memory from the system."""

from __future__ import annotations

import ctypes
import os
from typing import Any

#: Parameters of glibc's ``mallopt``.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
#: What is freed at the end of the heap is kept up to 2 GiB, the most that glibc takes.
_KEPT = 2**31 - 1
#: Larger blocks do not come from the heap, where they would leave large holes; before version 2.35 glibc took 32 MiB.
_LARGEST, _LARGEST_BEFORE = 64 << 20, 32 << 20
#: Variables that say when glibc's ``malloc`` gives memory back.
_TUNED = ('MALLOC_MMAP_MAX_', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TOP_PAD_', 'MALLOC_TRIM_THRESHOLD_', 'GLIBC_TUNABLES')


def keep_freed_memory() -> None:
    """Let this process use memory again that it has freed, in blocks of up to 64 MiB; glibc would give it back.

    A step of training frees its maps and gradients and needs as much for the next one. The system hands memory over in
    pages of 4 KiB, cleared, which can take as long as half of the step's arithmetic. No result depends on it; the peak
    of the process grows by some percent, as what is freed lies in pieces. Without glibc, or where the environment tunes
    its ``malloc``, nothing is changed.
    """
    mallopt = _of_glibc('mallopt')
    if mallopt is not None and not any(name in os.environ for name in _TUNED):
        mallopt(_M_MMAP_THRESHOLD, _LARGEST) or mallopt(_M_MMAP_THRESHOLD, _LARGEST_BEFORE)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


def give_back_freed_memory() -> None:
    """Give the system what this process has freed and kept, so that its resident memory is what it uses."""
    malloc_trim = _of_glibc('malloc_trim')
    if malloc_trim is not None:
        malloc_trim(0)


def _of_glibc(name: str) -> Any:
    """A function of glibc; None on other systems."""
    return getattr(ctypes.CDLL(None), name, None) if os.name == 'posix' else None
