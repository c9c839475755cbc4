"""How PyTorch gets memory from the system."""

from __future__ import annotations

import os


def use_huge_pages() -> None:
    """Let PyTorch keep large tensors of the CPU in pages of 2 MiB, where Linux hands them out on request.

    A step of training gets its maps and gradients anew, some GB, and the system takes ten times as long to hand over
    and clear them in pages of 4 KiB. PyTorch reads ``THP_MEM_ALLOC_ENABLE`` when it makes its first tensor; where it is
    set already, it stays as it is. No result depends on it.
    """
    os.environ.setdefault('THP_MEM_ALLOC_ENABLE', '1')
