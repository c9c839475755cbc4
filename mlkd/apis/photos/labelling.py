"""What ``mlkd predict`` and ``mlkd infer`` share: label photos, print a table, write files and pictures."""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mlkd.apis.inferencer import BATCH_SIZE, MultiLabelInferencer
from mlkd.apis.photos.files import find_photos, photo_pixels
from mlkd.apis.photos.journal import PhotoJournal
from mlkd.apis.photos.picture import save_picture
from mlkd.apis.photos.results import PhotoResult, PhotoResults, check_suffix, label_table, write_results
from mlkd.arguments import check_number, check_options
from mlkd.console import console, plain_console, progress_bar
from mlkd.errors import MLKDError
from mlkd.fileio import printable

#: Width of what is printed where nobody looks at it, in letters.
_WIDTH = 200
#: Photos that are printed; files have all.
_PRINTED = 200


def add_photo_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments that have nothing to do with where the network comes from."""
    parser.add_argument('paths', nargs='+', metavar='PATH', help="photos, folders, or patterns in quotes ('trip/**')")
    parser.add_argument(
        '--out',
        metavar='FILE',
        help='write the scores, and all boxes, to this .csv or .json file; a second run goes on where it stopped',
    )
    parser.add_argument('--pictures', metavar='DIR', help='write a picture of each photo with labels and boxes here')
    parser.add_argument(
        '--batch-size', type=int, default=BATCH_SIZE, metavar='N', help='photos at a time (default %(default)s)'
    )
    parser.add_argument(
        '--threshold', type=float, metavar='T', help="labels score above this (default: the network's own, or 0.5)"
    )
    parser.add_argument(
        '--top',
        type=int,
        metavar='N',
        help='name the N best labels, even below their thresholds (with --threshold: of those above it)',
    )
    parser.add_argument(
        '--box-share',
        type=float,
        default=0.5,
        metavar='SHARE',
        help='show boxes that have this share of the score of the best box of their label (default %(default)s)',
    )
    parser.add_argument('--proposals', metavar='STORE', help='proposals of the photos, where a store has them')
    parser.add_argument('--device', help='where the network works: cpu, cuda:0 (default: a GPU where there is one)')


@dataclass(frozen=True)
class _Shown:
    """What is to be said of a photo."""

    threshold: float | None
    top: int | None

    def of(self, result: PhotoResult) -> PhotoResult:
        """The result with the thresholds that labels are to pass."""
        if self.top is None:
            return result
        everything = replace(result, thresholds=np.full(len(result.scores), -np.inf))
        return (everything if self.threshold is None else result).best(self.top)


def check_photo_arguments(args: argparse.Namespace) -> None:
    """Raise over what is wrong with the arguments, before a network is loaded.

    Raises:
        ConfigError: If one makes no sense.
    """
    if args.out:
        check_suffix(args.out)
    check_number('--box-share', args.box_share, 0, 1)
    check_options(args, 'batch_size', 'top')
    if args.threshold is not None:
        check_number('--threshold', args.threshold)


def label_photos(args: argparse.Namespace, inferencer: MultiLabelInferencer, fingerprint: str) -> int:
    """Print labels and boxes of each photo, and write files where asked to.

    Args:
        args: Of :func:`add_photo_arguments`.
        inferencer: With the network.
        fingerprint: Of the network and of all else that its scores depend on; results of another are not gone on with.

    Returns:
        Exit code: 1 if a photo could not be read or got no proposals, else 0.

    Raises:
        MLKDError: If there is no photo, or a file cannot be written.
    """
    photos = find_photos(args.paths)
    shown = _Shown(args.threshold, args.top)
    thresholds = inferencer.thresholds(args.threshold)
    out = Path(args.out) if args.out else None
    kept = PhotoJournal(out, fingerprint, inferencer.classes, thresholds) if out else nullcontext()
    results, how = PhotoResults(), _how(args, thresholds)
    with kept as journal, progress_bar(len(photos) > 1, transient=True) as bar:
        task = bar.add_task('photos', total=len(photos))
        for photo, outcome in _outcomes(photos, inferencer, thresholds, journal, args.batch_size):
            bar.advance(task)
            if isinstance(outcome, MLKDError):
                results.broken[photo] = outcome
                continue
            result = shown.of(outcome)
            results.append(result)
            if args.pictures:
                path = Path(args.pictures) / _picture_name(photo)
                if journal is None or journal.drawn(photo) != how or not path.is_file():
                    save_picture(path, result, photo_pixels(photo, inferencer.upright), args.box_share)
                    if journal is not None:
                        journal.note_drawn(photo, how)
    files = write_results(out, results, inferencer.classes) if out else []
    _print(results, args.box_share, files)
    return 1 if results.broken else 0


def _outcomes(
    photos: Mapping[Path, str],
    inferencer: MultiLabelInferencer,
    thresholds: tuple[float, ...],
    journal: PhotoJournal | None,
    batch_size: int,
) -> Iterator[tuple[Path, PhotoResult | MLKDError]]:
    """What is known of each photo or found out now, in their order."""
    known = {photo: found for photo in photos if journal is not None and (found := journal.find(photo)) is not None}
    new = inferencer.stream(((p, p, key) for p, key in photos.items() if p not in known), batch_size)
    for photo in photos:
        if photo in known:
            yield photo, known[photo]
            continue
        _, outcome = next(new)
        if isinstance(outcome, MLKDError):
            yield photo, outcome
            continue
        result = PhotoResult.of(photo, outcome, inferencer.classes, thresholds)
        if journal is not None:
            journal.add(result)
        yield photo, result


def _print(results: PhotoResults, share: float, files: list[Path]) -> None:
    if results:
        boxes = any(result.boxes is not None for result in results)
        table = label_table(results[:_PRINTED], share if boxes else None)
        (console if console.is_terminal else plain_console(width=_WIDTH)).print(table)
    if len(results) > _PRINTED:
        console.print(f'... and {len(results) - _PRINTED} more photos')
    for photo, problem in results.broken.items():
        found = f' ({problem.found})' if problem.found is not None else ''
        console.print(f'Skipped {printable(photo)}: {problem.what}{found}', style='red')
    for path in files:
        console.print(f'{path}: {len(results)} photos')


def _how(args: argparse.Namespace, thresholds: tuple[float, ...]) -> str:
    """What a picture depends on, beside its photo and the network."""
    drawn = (os.path.abspath(args.pictures or ''), args.threshold, args.top, args.box_share, thresholds)
    return hashlib.sha256(repr(drawn).encode()).hexdigest()[:16]


def _picture_name(photo: Path) -> str:
    """The photo's name, and letters that tell it from others of that name."""
    place = hashlib.sha256(os.fsencode(os.path.abspath(photo))).hexdigest()[:6]
    return f'{photo.stem[:50]}_{place}.png'
