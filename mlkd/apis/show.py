"""Draws what a teacher detects, and which proposals it weighs most."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mlkd.apis.run_pictures import TEACHER_STAGE, chosen_images
from mlkd.apis.setup_config import add_config_arguments, setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.apis.teacher_pictures import check_teacher, teacher_item
from mlkd.arguments import check_options
from mlkd.console import console
from mlkd.engine.recipe import Recipe
from mlkd.errors import CheckpointError, DataError
from mlkd.fileio import atomic_write
from mlkd.proposals.checks import near_keys
from mlkd.visualization import small_png, teacher_sheet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_config_arguments(parser)
    parser.add_argument('checkpoint', help='network.pth of the teacher, or the folder of its run or stage')
    parser.add_argument('--stage', help='whose network it is (default: teacher where there is one)')
    parser.add_argument('--images', type=int, default=10, metavar='N', help='images of the test set (default 10)')
    parser.add_argument('--keys', nargs='+', metavar='KEY', help='these images: JPEGImages/000012.jpg')
    parser.add_argument('--detections', type=int, default=2, metavar='N', help='at most so many per class (default 2)')
    parser.add_argument('--weighed', type=int, default=5, metavar='N', help='so many proposals per class (default 5)')
    parser.add_argument('--out', default='teacher.png', metavar='FILE', help='PNG file (default %(default)s)')


def run(args: argparse.Namespace) -> int:
    """Draw the sheet.

    Returns:
        Exit code.

    Raises:
        MLKDError: If config, checkpoint, data or an argument are wrong.
    """
    check_options(args, 'images', 'detections', 'weighed')
    config = setup_config(args.config, args.cfg_options, args.data_root)
    recipe = Recipe(config)
    stage = args.stage or (TEACHER_STAGE if TEACHER_STAGE in recipe.stages else recipe.student_stage)
    network = StageNetwork.load(config, network_file(args.checkpoint, stage), stage)
    check_teacher(network)
    images = network.test_images()
    chosen = key_indices(images, args.keys) if args.keys else chosen_images(images, args.images)
    dataset = network.test_set(chosen)
    shown = key_indices(dataset, [images.get_data_info(i)['img_key'] for i in chosen])
    items = [teacher_item(network, dataset[i], dataset.get_data_info(i), args.detections, args.weighed) for i in shown]
    figure = teacher_sheet(items, dataset.metainfo['classes'], title='What the teacher detects, and what it weighs')
    with atomic_write(args.out, 'wb') as file:
        file.write(small_png(figure, dpi=110, colours=200))
    console.print(f'Pictures: {Path(args.out)}')
    return 0


def network_file(path: str, stage: str) -> Path:
    """The file itself, or the network in the folder of a run or a stage; of folds, the one trained on all images.

    Args:
        path: File or folder.
        stage: Whose network is looked for in the folder of a run.

    Raises:
        CheckpointError: If there is none.
    """
    folder = Path(path)
    if not folder.is_dir():
        return folder
    tried = [folder / part / 'network.pth' for part in ('', 'full', stage, f'{stage}/full')]
    found = next((file for file in tried if file.is_file()), None)
    if found is None:
        raise CheckpointError(
            'There is no network in the folder.',
            where=folder,
            expected=' or '.join(str(file.relative_to(folder)) for file in tried),
            fix='name the file, or the folder of a run that is finished',
        )
    return found


def key_indices(dataset: Any, keys: list[str]) -> list[int]:
    """Positions of images in a data set.

    Args:
        dataset: A built data set.
        keys: ``img_key`` of each.

    Raises:
        DataError: If one is not there.
    """
    places = {dataset.get_data_info(index)['img_key']: index for index in range(len(dataset))}
    for key in keys:
        if key not in places:
            fix = near_keys(key, places) or f'keys are like {next(iter(places))}'
            raise DataError('The test set has no such image.', where='--keys', found=key, fix=fix)
    return [places[key] for key in keys]
