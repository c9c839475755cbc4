"""Makes a checkpoint of a config's network from one that the authors of ML-GCN or MSRN published."""

from __future__ import annotations

import argparse
import copy
from pathlib import Path

from mlkd.apis.setup_config import add_config_arguments, setup_config
from mlkd.console import console
from mlkd.engine.checkpoints import save_network
from mlkd.engine.config_check import check_recipe
from mlkd.engine.config_errors import translated
from mlkd.engine.recipe import Recipe
from mlkd.models.utils.published_label_networks import load_published, published_order
from mlkd.registry import MODELS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_config_arguments(parser)
    parser.add_argument('checkpoint', help='the published file, .pth.tar')
    parser.add_argument('--out', required=True, metavar='FILE', help='network.pth, to be given to tools/test.py')
    parser.add_argument(
        '--order',
        metavar='NAME',
        help="order of the labels in the file: voc, coco_alphabetical, nuswide_asl, apparel (default: the authors')",
    )


def run(args: argparse.Namespace) -> int:
    """Convert, and say what was done.

    Raises:
        MLKDError: If the config or the file is wrong, or they do not fit each other.
    """
    recipe = Recipe(setup_config(args.config, args.cfg_options, args.data_root))
    check_recipe(recipe)
    model = copy.deepcopy(recipe.network_config(recipe.student_stage)['model'])
    with translated({'model': model}, recipe.student_stage):
        network = MODELS.build(model)
    load_published(network, args.checkpoint, args.order)
    save_network(network.state_dict(), Path(args.out))
    moved = published_order(network.head.classes, args.order) != network.head.classes
    note = ', labels brought into the order of the config' if moved else ''
    console.print(f'{args.out}: {network.head.num_classes} labels{note}.')
    return 0
