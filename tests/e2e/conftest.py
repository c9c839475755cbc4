"""Makes ``engine_toy`` importable, here and in the processes that tests start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDER = str(Path(__file__).parents[1] / 'engine')
if FOLDER not in sys.path:
    sys.path.insert(0, FOLDER)
os.environ.setdefault('OMP_NUM_THREADS', '1')
