"""Writes the index of trained networks: python tools/zoo.py WORK_DIR... (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('zoo'))
