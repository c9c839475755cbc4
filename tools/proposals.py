"""Makes proposals: python tools/proposals.py generate IMAGES --out NAME.mlkd (see --help)."""

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    main_of('proposals')
