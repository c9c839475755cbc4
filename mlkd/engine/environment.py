"""What a run is made with: versions, machine, commit."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

import mlkd

_PACKAGES = ('torch', 'torchvision', 'numpy', 'opencv-contrib-python-headless')


def versions() -> dict[str, str]:
    """Versions of Python and of what the numbers depend on."""
    import mmcv
    import mmdet
    import mmengine

    found = {'python': platform.python_version(), 'mlkd': mlkd.__version__}
    found.update(mmengine=mmengine.__version__, mmcv=mmcv.__version__, mmdet=mmdet.__version__)
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """What the run ran on: ``cpus`` that it may use, and the name of the ``gpu`` or None."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
    return {'cpus': cpus, 'gpu': torch.cuda.get_device_name() if torch.cuda.is_available() else None}


def git_commit() -> str | None:
    """Commit of the checkout that mlkd runs from, with ``-dirty`` where files changed; None outside of one."""
    folder = Path(mlkd.__file__).parent
    answers = []
    for command in (['rev-parse', 'HEAD'], ['status', '--porcelain', '--untracked-files=no', '.']):
        try:
            done = subprocess.run(['git', *command], cwd=folder, capture_output=True, text=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode:
            return None
        answers.append(done.stdout.strip())
    return answers[0] + ('-dirty' if answers[1] else '')
