"""Evaluates a network: python tools/test.py CONFIG CHECKPOINT --out metrics.json (see --help)."""

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    main_of('test')
