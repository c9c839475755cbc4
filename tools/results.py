"""Writes the results of many runs into docs/results.md: python tools/results.py (see --help)."""

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    main_of('results')
