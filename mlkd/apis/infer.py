"""Labels photos with a trained network."""

from __future__ import annotations

import argparse
import csv
import io
import os
from collections.abc import Iterable, Sequence
from os.path import exists, isdir
from pathlib import Path

import numpy as np
from mmengine.dataset import Compose
from rich.console import Console

from mlkd.apis.run_pictures import stored_image
from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.datasets.transforms import LoadImage
from mlkd.errors import ConfigError, DataError, MLKDError
from mlkd.fileio import atomic_write, write_json
from mlkd.proposals.readers import SUFFIXES, images_below
from mlkd.registry import DATASETS, TRANSFORMS
from mlkd.visualization import SheetItem, picture_sheet, save_png

#: Letters of a photo's name that the name of its picture takes over.
_NAME = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('paths', nargs='+', metavar='PATH', help='photos, or folders of photos')
    parser.add_argument('--config', required=True, help='config that the network was trained with')
    parser.add_argument('--checkpoint', required=True, help='student.pth of the run')
    parser.add_argument('--out', metavar='FILE', help='write the scores to this .csv or .json file')
    parser.add_argument('--threshold', type=float, default=0.5, help='labels score above this (default 0.5)')
    parser.add_argument('--pictures', metavar='DIR', help='write a picture of each photo with its labels here')


def run(args: argparse.Namespace) -> int:
    """Print the labels of each photo, and write files where asked to.

    Returns:
        Exit code: 1 if a photo could not be read, else 0.

    Raises:
        MLKDError: If there is no photo, or config or checkpoint are wrong.
    """
    out = Path(args.out) if args.out else None
    if out and out.suffix not in ('.csv', '.json'):
        raise ConfigError('The file type is not known.', where='--out', found=out.name, expected='.csv or .json')
    photos = find_photos(args.paths)
    network = StageNetwork.load(setup_config(args.config), args.checkpoint)
    classes, pipeline = class_names(network), photo_pipeline(network)
    console = Console(soft_wrap=True, highlight=False)
    scores: dict[Path, np.ndarray] = {}
    broken: dict[Path, MLKDError] = {}
    for number, photo in enumerate(photos):
        try:
            packed = pipeline({'img_path': str(photo), 'img_key': photo.name})
        except MLKDError as error:
            broken[photo] = error
            continue
        sample = network.predict(packed)
        scores[photo] = score = sample.pred_score.numpy()
        console.print(f'{photo}: {_labels(score, classes, args.threshold) or "-"}', markup=False)
        if args.pictures:
            item = SheetItem(stored_image(packed, sample), np.zeros((0, 4)), [], [], score, present=None)
            name = _text(photo.name)
            figure = picture_sheet([item], classes, columns=1, threshold=args.threshold, title=name, note='')
            save_png(figure, Path(args.pictures) / f'{number:04d}_{photo.stem[:_NAME]}.png')
    if out:
        _write(out, scores, classes, args.threshold)
    for photo, problem in broken.items():
        console.print(f'Skipped {photo}: {problem.what}', style='red', markup=False)
    return 1 if broken else 0


def find_photos(paths: Iterable[str | Path]) -> list[Path]:
    """The photos that are named, and those in the folders that are named, in order of their names.

    Raises:
        DataError: If a path is not there, or there is no photo.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not exists(path):
            raise DataError('There is no such file or folder.', where=path, fix='check the path, and who may read it')
        found.update(dict.fromkeys(images_below(path) if isdir(path) else [path]))
    if not found:
        raise DataError('There is no photo.', where=', '.join(map(str, paths)), expected=f'{sorted(SUFFIXES)}')
    return list(found)


def class_names(network: StageNetwork) -> Sequence[str]:
    """Names of the labels: from the config or the class of its test set; from the data themselves where it must be."""
    config = network.dataset_config()
    meta = {**(getattr(DATASETS.get(config['type']), 'METAINFO', None) or {}), **(config.get('metainfo') or {})}
    return meta['classes'] if meta.get('classes') else network.test_set().metainfo['classes']


def photo_pipeline(network: StageNetwork) -> Compose:
    """The transforms of the test set, without those for proposals, which a photo does not have; it is seen upright."""
    steps = [dict(step) for step in network.dataset_config().get('pipeline', ()) if 'Proposals' not in step['type']]
    for step in steps:
        if str(step['type']).rpartition('.')[2] == LoadImage.__name__:
            step['upright'] = True
    return Compose([TRANSFORMS.build(step) for step in steps])


def _labels(score: np.ndarray, classes: Sequence[str], threshold: float) -> str:
    order = [k for k in np.argsort(-score, kind='stable') if score[k] > threshold]
    return ', '.join(f'{classes[k]} {score[k]:.2f}' for k in order)


def _write(path: Path, scores: dict[Path, np.ndarray], classes: Sequence[str], threshold: float) -> None:
    """A row per photo: its labels, and the score of each class."""
    said = {photo: [classes[k] for k in np.flatnonzero(score > threshold)] for photo, score in scores.items()}
    if path.suffix == '.json':
        by_name = {p: dict(zip(classes, s.tolist(), strict=True)) for p, s in scores.items()}
        write_json(path, [{'image': _text(p), 'labels': said[p], 'scores': by_name[p]} for p in scores])
        return
    text = io.StringIO(newline='')
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['image', 'labels', *classes])
    for photo, score in scores.items():
        writer.writerow([_text(photo), ';'.join(said[photo]), *(f'{value:.6f}' for value in score)])
    with atomic_write(path) as file:
        file.write(text.getvalue())


def _text(path: str | Path) -> str:
    """A path as text that can be written; bytes of a name that are no UTF-8 become ``\\xe9`` and the like."""
    return os.fsencode(path).decode(errors='backslashreplace')
