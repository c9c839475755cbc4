"""Draws where networks see the classes: class maps, key points and cuts, before and after training."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from mlkd.apis.cam_pictures import SeenClasses, strategy_of
from mlkd.apis.photos.files import find_photos, photo_pixels
from mlkd.apis.run_pictures import chosen_images
from mlkd.apis.setup_config import add_config_arguments, setup_config
from mlkd.apis.show import key_indices, network_file
from mlkd.apis.stage_network import StageNetwork
from mlkd.arguments import check_options
from mlkd.console import console
from mlkd.datasets.transforms import LoadImage
from mlkd.engine.network_config import class_names
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError, MLKDError
from mlkd.fileio import printable
from mlkd.models.layers import KeyPointFinder
from mlkd.models.layers.key_points import Strategy
from mlkd.visualization import CAMItem, cam_sheet, save_png

#: Stands for a network before training.
INITIAL = 'initial'
_NETWORKS = ('.pth', '.pt', '.ckpt')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_config_arguments(parser)
    parser.add_argument(
        'paths',
        nargs='+',
        metavar='PATH',
        help=f"one or two networks (a .pth file, or the folder of a run or a stage, or '{INITIAL}': before training), "
        'in the order in which they are drawn; then photos or folders of photos (default: images of the test set)',
    )
    parser.add_argument(
        '--stage', nargs='+', metavar='NAME', help='whose networks they are, one for all or each (default: the student)'
    )
    parser.add_argument('--images', type=int, default=6, metavar='N', help='images of the test set (default 6)')
    parser.add_argument('--keys', nargs='+', metavar='KEY', help='these images of it: JPEGImages/000012.jpg')
    parser.add_argument('--labels', type=int, default=3, metavar='N', help='at most so many classes each (default 3)')
    parser.add_argument(
        '--strategy',
        choices=(*get_args(Strategy), 'none'),
        help="how key points are found (default: as the stage's term does, else ctopkw)",
    )
    parser.add_argument(
        '--gradients', action='store_true', help='draw maps from gradients of networks that have no maps of their own'
    )
    parser.add_argument('--proposals', metavar='STORE', help='proposals of the photos, for a detector')
    parser.add_argument('--out', default='cam.png', metavar='FILE', help='PNG file (default %(default)s)')


def run(args: argparse.Namespace) -> int:
    """Draw the sheet.

    Returns:
        Exit code: 1 if a photo could not be read, else 0.

    Raises:
        MLKDError: If config, networks, data or an argument are wrong.
    """
    check_options(args, 'images', 'labels')
    files, photos = _networks_and_photos(args.paths)
    config = setup_config(args.config, args.cfg_options, args.data_root)
    recipe = Recipe(config)
    stages = _stages(args.stage or [recipe.student_stage], len(files))
    networks = [
        StageNetwork.initial(config, stage)
        if file == INITIAL
        else StageNetwork.load(config, network_file(file, stage), stage)
        for file, stage in zip(files, stages, strict=True)
    ]
    strategies = [args.strategy or strategy_of(recipe, stage) for stage in stages]
    finders = [None if strategy == 'none' else KeyPointFinder(cast(Strategy, strategy)) for strategy in strategies]
    broken = 0
    items = []
    for entry in _photos(networks, photos, args.proposals) if photos else _test_images(networks, args):
        if isinstance(entry, str):
            broken += 1
            console.print(entry, style='red')
            continue
        image, name, samples, present = entry
        seen = [SeenClasses.of(net, sample, args.gradients) for net, sample in zip(networks, samples, strict=True)]
        labels = (present or seen[-1].likely(args.labels))[: args.labels]
        maps = [one.class_maps(labels, finder) for one, finder in zip(seen, finders, strict=True)]
        items.append(CAMItem(image, name, maps))
    if items:
        note = f'Key points: {", ".join(dict.fromkeys(strategies))}.'
        figure = cam_sheet(
            items, class_names(networks[-1].dataset_config()), _names(files, stages), title=_title(files), note=note
        )
        console.print(f'Pictures: {save_png(figure, args.out, dpi=110)}')
    return 1 if broken else 0


def _networks_and_photos(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Networks, and photos, among words in any order.

    Raises:
        ConfigError: If there is no network, or more than two.
    """
    networks = [word for word in words if _is_network(word)]
    if not 1 <= len(networks) <= 2:
        raise ConfigError(
            'One network is drawn, or two side by side.',
            found=', '.join(networks) or 'no network',
            expected=f"network.pth, the folder of a run or a stage, or '{INITIAL}'",
            fix='name the network before the photos',
        )
    return networks, [word for word in words if word not in networks]


def _is_network(word: str) -> bool:
    path = Path(word)
    if word == INITIAL or path.suffix in _NETWORKS:
        return True
    return path.is_dir() and any((path / name).exists() for name in ('network.pth', 'run.json', 'full/network.pth'))


def _stages(named: Sequence[str], count: int) -> list[str]:
    if len(named) not in (1, count):
        raise ConfigError('Not one stage per network.', where='--stage', found=len(named), expected=f'1 or {count}')
    return list(named) * count if len(named) == 1 else list(named)


def _names(files: Sequence[str], stages: Sequence[str]) -> list[str]:
    """What the networks are called: nothing where there is one."""
    if len(files) == 1:
        return ['']
    if stages[0] != stages[1]:
        return list(stages)
    return ['before', 'after'] if files[0] == INITIAL else ['first', 'second']


def _title(files: Sequence[str]) -> str:
    return 'Where the network sees the classes' if len(files) == 1 else ' | '.join(map(printable, files))


def _photos(networks: Sequence[StageNetwork], paths: Sequence[str], store: str | None) -> Iterator[Any]:
    """Of each photo: image, name, samples, labels, which nobody knows; or what is wrong with it."""
    pipelines = [network.photo_network(store).pipeline for network in networks]
    for photo, key in find_photos(paths).items():
        try:
            image = photo_pixels(photo, upright=store is None)
            samples = [pipeline(image, key) for pipeline in pipelines]
        except MLKDError as error:
            found = f' ({error.found})' if error.found is not None else ''
            yield f'Skipped {printable(photo)}: {error.what}{found}'
            continue
        yield image, printable(photo.name), samples, []


def _test_images(networks: Sequence[StageNetwork], args: argparse.Namespace) -> Iterator[Any]:
    """The same of images of the test set, whose labels are known."""
    images = networks[0].test_images()
    chosen = key_indices(images, args.keys) if args.keys else chosen_images(images, args.images)
    datasets = [network.test_set(chosen) for network in networks]
    for index in chosen:
        entry = images.get_data_info(index)
        image = LoadImage()(dict(entry))['img']
        present = np.flatnonzero(np.asarray(entry['gt_label']) == 1).tolist()
        samples = [dataset[key_indices(dataset, [entry['img_key']])[0]] for dataset in datasets]
        yield image, printable(str(entry['img_key'])), samples, present
