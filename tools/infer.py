"""Labels photos: python tools/infer.py PHOTO... --config CONFIG --checkpoint student.pth, or --model (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('infer'))
