"""Makes the reference, cases and samples of boxes importable, here and in the processes that tests start."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ('functional', 'metrics'):
    path = str(Path(__file__).parent / folder)
    if path not in sys.path:
        sys.path.insert(0, path)
