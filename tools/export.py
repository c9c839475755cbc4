"""Exports a student: python tools/export.py --model student.safetensors --to onnx (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('export'))
