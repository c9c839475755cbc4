"""Draws what a teacher detects and weighs: python tools/show.py CONFIG CHECKPOINT (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('show'))
