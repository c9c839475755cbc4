"""Serves a web page that labels photos: python tools/demo.py --model student.safetensors (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('demo'))
