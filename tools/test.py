"""Evaluates a network: python tools/test.py CONFIG CHECKPOINT --out metrics.json (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('test'))
