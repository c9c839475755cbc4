"""Labels photos with a network and the config it was trained with, or with a published one."""

from __future__ import annotations

import argparse

from mlkd.apis import predict
from mlkd.apis.inferencer import MultiLabelInferencer
from mlkd.apis.photos.labelling import add_photo_arguments, check_photo_arguments, label_photos
from mlkd.apis.setup_config import add_options_argument, setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.engine.hashing import config_hash
from mlkd.errors import ConfigError
from mlkd.fileio import checksum


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('--model', metavar='STUDENT', help='a published network, in place of config and checkpoint')
    parser.add_argument('--config', help='config that the network was trained with')
    parser.add_argument('--checkpoint', help='student.pth or network.pth of the run')
    parser.add_argument('--stage', metavar='NAME', help='whose network the checkpoint is (default: the student)')
    parser.add_argument('--tta', action='store_true', help="fuse the views of the config's tta_model and tta_pipeline")
    add_options_argument(parser)
    add_photo_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the labels of each photo, and write files where asked to.

    Returns:
        Exit code: 1 if a photo could not be read or got no proposals, else 0.

    Raises:
        MLKDError: If there is no photo, or the network, its config or an argument is wrong.
    """
    if args.model is not None:
        for name in ('config', 'checkpoint', 'stage', 'tta', 'cfg_options'):
            if getattr(args, name):
                option, fix = f'--{name.replace("_", "-")}', 'leave one of them out'
                raise ConfigError(f'--model says all itself and does not go with {option}.', fix=fix)
        args.plugins = []
        return predict.run(args)
    if args.config is None or args.checkpoint is None:
        raise ConfigError(
            'No network is named.',
            expected='--model student.safetensors, or --config CONFIG and --checkpoint student.pth',
        )
    check_photo_arguments(args)
    config = setup_config(args.config, args.cfg_options)
    network = StageNetwork.load(config, args.checkpoint, args.stage, tta=args.tta, device=args.device)
    inferencer = MultiLabelInferencer(network.photo_network(args.proposals), proposals=args.proposals)
    what = (config_hash(network.config), checksum(args.checkpoint), args.tta, args.proposals)
    return label_photos(args, inferencer, ' '.join(map(str, what)))
