"""Labels photos: python tools/infer.py PHOTO... --config CONFIG --checkpoint student.pth (see --help)."""

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    main_of('infer')
