"""Labels photos with a trained network; a detector gives boxes too."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from mmengine.config import DictAction
from rich.console import Console

from mlkd.apis.photo_results import PhotoResult, box_table, write_results
from mlkd.apis.photos import PhotoPipeline, class_names, find_photos
from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.errors import ConfigError, MLKDError
from mlkd.fileio import printable
from mlkd.visualization import SheetItem, picture_sheet, save_png

_NOTE = 'Boxes: those that come near the best of their label{sum}. Dashed: threshold.'
#: Letters of a photo's name that the name of its picture takes over.
_NAME = 50
_SUM = '; their scores are sums over the views'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('paths', nargs='+', metavar='PATH', help='photos, or folders of photos')
    parser.add_argument('--config', required=True, help='config that the network was trained with')
    parser.add_argument('--checkpoint', required=True, help='student.pth or network.pth of the run')
    parser.add_argument('--stage', metavar='NAME', help='whose network the checkpoint is (default: the student)')
    parser.add_argument('--tta', action='store_true', help="fuse the views of the config's tta_model and tta_pipeline")
    parser.add_argument('--proposals', metavar='STORE', help='proposals of the photos, where a store has them')
    parser.add_argument('--out', metavar='FILE', help='write the scores, and all boxes, to this .csv or .json file')
    parser.add_argument('--threshold', type=float, default=0.5, help='labels score above this (default 0.5)')
    parser.add_argument(
        '--box-share',
        type=float,
        default=0.5,
        metavar='SHARE',
        help='print and draw boxes that have this share of the score of the best box of their label (default 0.5)',
    )
    parser.add_argument('--pictures', metavar='DIR', help='write a picture of each photo with labels and boxes here')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE', help='override keys of the config'
    )


def run(args: argparse.Namespace) -> int:
    """Print the labels and boxes of each photo, and write files where asked to.

    Returns:
        Exit code: 1 if a photo could not be read or got no proposals, else 0.

    Raises:
        MLKDError: If there is no photo, or config, checkpoint or an argument is wrong.
    """
    out = Path(args.out) if args.out else None
    if out and out.suffix not in ('.csv', '.json'):
        raise ConfigError('The file type is not known.', where='--out', found=out.name, expected='.csv or .json')
    if not 0 <= args.box_share <= 1:
        raise ConfigError('This is no share.', where='--box-share', found=args.box_share, expected='0 to 1')
    photos = find_photos(args.paths)
    config = setup_config(args.config, args.cfg_options)
    network = StageNetwork.load(config, args.checkpoint, args.stage, tta=args.tta)
    classes, pipeline = class_names(network), PhotoPipeline(network, args.proposals)
    console = Console(soft_wrap=True, highlight=False)
    results: list[PhotoResult] = []
    broken: dict[Path, MLKDError] = {}
    for number, (photo, key) in enumerate(photos.items()):
        try:
            image, packed = pipeline(photo, key)
        except MLKDError as error:
            broken[photo] = error
            continue
        result = PhotoResult.of(photo, network.predict(packed))
        results.append(result)
        shown = result.shown_boxes(args.threshold, args.box_share)
        console.print(f'{printable(photo)}: {_labels(result, classes, args.threshold) or "-"}', markup=False)
        if shown:
            console.print(box_table(result, classes, shown))
        if args.pictures:
            note = '' if result.boxes is None else _NOTE.format(sum=_SUM if args.tta else '')
            figure = _picture(result, image, classes, shown, args.threshold, note)
            save_png(figure, Path(args.pictures) / f'{number:04d}_{photo.stem[:_NAME]}.png')
    if out:
        write_results(out, results, classes, args.threshold)
    for photo, problem in broken.items():
        found = f' ({problem.found})' if problem.found is not None else ''
        console.print(f'Skipped {printable(photo)}: {problem.what}{found}', style='red', markup=False)
    return 1 if broken else 0


def _labels(result: PhotoResult, classes: Sequence[str], threshold: float) -> str:
    order = [k for k in np.argsort(-result.scores, kind='stable') if result.scores[k] > threshold]
    return ', '.join(f'{classes[k]} {result.scores[k]:.2f}' for k in order)


def _picture(
    result: PhotoResult, image: np.ndarray, classes: Sequence[str], shown: Sequence[int], threshold: float, note: str
) -> Figure:
    rows = [result.box_rows(classes)[row] for row in shown]
    item = SheetItem(
        image=image,
        boxes=np.array([box for _, _, *box in rows]).reshape(-1, 4),
        box_classes=[classes.index(label) for label, *_ in rows],
        box_scores=[score for _, score, *_ in rows],
        scores=result.scores,
        present=None,
    )
    return picture_sheet([item], classes, columns=1, threshold=threshold, title=printable(result.photo.name), note=note)
