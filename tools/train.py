"""Trains what a config describes: python tools/train.py CONFIG (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('train'))
