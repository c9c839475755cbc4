"""Makes the reference and the cases of boxes importable."""

from __future__ import annotations

import sys
from pathlib import Path

folder = str(Path(__file__).parent / 'functional')
if folder not in sys.path:
    sys.path.insert(0, folder)
