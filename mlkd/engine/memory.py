"""Peak memory of a stretch of work."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import torch

from mlkd.compat import give_back_freed_memory

_MIB = 1 << 20


def reset_peak_memory() -> None:
    """Start measuring anew: CUDA's peak, and the process's where Linux lets it be reset."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    give_back_freed_memory()
    try:
        Path('/proc/self/clear_refs').write_text('5')
    except OSError:
        return


def peak_memory_mib() -> dict[str, float]:
    """Peak since :func:`reset_peak_memory`.

    Returns:
        ``rss``: resident memory of this process in MiB, data-loading processes left out (since the process started,
        where the system cannot reset it); ``cuda``: memory allocated on the current device in MiB, with a GPU only.
    """
    peak = {'rss': _peak_rss() / _MIB}
    if torch.cuda.is_available():
        peak['cuda'] = torch.cuda.max_memory_allocated() / _MIB
    return {key: round(value, 1) for key, value in peak.items()}


def _peak_rss() -> float:
    status = Path('/proc/self/status')
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith('VmHWM:'):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else peak * 1024
