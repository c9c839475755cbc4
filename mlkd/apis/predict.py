"""Labels photos with a published student; a detector gives boxes too."""

from __future__ import annotations

import argparse

from mlkd.apis.inferencer import MultiLabelInferencer
from mlkd.apis.photos.labelling import add_photo_arguments, check_photo_arguments, label_photos
from mlkd.apis.plugins import import_plugins
from mlkd.fileio import checksum


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument(
        '--model', required=True, metavar='STUDENT', help='student.safetensors of a run, or what mlkd publish wrote'
    )
    parser.add_argument(
        '--plugins', nargs='+', default=[], metavar='MODULE', help='import these first: packages that have the network'
    )
    add_photo_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the labels of each photo, and write files where asked to.

    Returns:
        Exit code: 1 if a photo could not be read or got no proposals, else 0.

    Raises:
        MLKDError: If there is no photo, or the file of the network or an argument is wrong.
    """
    check_photo_arguments(args)
    import_plugins(args.plugins, '--plugins')
    inferencer = MultiLabelInferencer(args.model, args.device, proposals=args.proposals)
    return label_photos(args, inferencer, f'{checksum(args.model)} {args.proposals}')
