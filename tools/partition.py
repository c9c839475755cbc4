"""Divides labels into parts: python tools/partition.py make --counts FILE --graph cgp --parts 5 --out FILE."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('partition'))
