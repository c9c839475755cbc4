"""Writes the results of many runs into docs/results.md: python tools/results.py (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('results'))
