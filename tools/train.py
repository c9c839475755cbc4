"""Trains what a config describes: python tools/train.py CONFIG (see --help)."""

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    main_of('train')
