"""Converts published checkpoints: python tools/convert.py CONFIG FILE --out network.pth (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('convert'))
