"""``mlkd init``: from a folder of photos and a file of labels to a config that trains a student."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path

from rich.text import Text

from mlkd.apis.init.config_text import config_text
from mlkd.apis.init.label_report import label_table, warnings_of
from mlkd.apis.init.photo_check import CheckedPhotos, check_photos
from mlkd.apis.init.split_proposal import SPLITS, Division, divide
from mlkd.apis.init.training_plan import plan_training
from mlkd.console import console
from mlkd.datasets.folder import FolderMultiLabel
from mlkd.datasets.label_files.split_file import write_splits
from mlkd.errors import ConfigError, DataError, some
from mlkd.fileio import atomic_write, printable, write_json

#: Fewer photos are nothing that could be learnt from and measured on.
MIN_PHOTOS = 10
SPLIT_FILE, GROUP_FILE = 'splits.json', 'near_duplicates.json'
#: Groups of photos that show the same that are named.
_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('folder', metavar='FOLDER', help='the photos, in subfolders too')
    parser.add_argument('labels', metavar='LABELS', help='their labels, CSV or JSON (docs/own-photos.md)')
    parser.add_argument('--out', metavar='DIR', help='where to write config and splits (default: work_dirs/FOLDER)')
    parser.add_argument('--seed', type=int, default=0, help='of the splits (default 0)')
    parser.add_argument(
        '--val-share', type=float, default=0.2, help='share of the photos to validate with (default 0.2)'
    )
    parser.add_argument('--test-share', type=float, default=0.0, help='share of the photos to test with (default 0)')
    parser.add_argument(
        '--unlabelled', choices=('error', 'drop'), default='error', help='what to do with photos that have no labels'
    )
    parser.add_argument(
        '--label-separator', metavar='TEXT', help='what separates labels in a cell (default: found out)'
    )
    parser.add_argument('--processes', type=int, default=os.cpu_count() or 1, help='default: one per core')


def run(args: argparse.Namespace) -> int:
    """Check photos and labels, divide them, write a config, and say how to go on.

    Returns:
        Exit code.

    Raises:
        ConfigError: If an option is wrong, or files would be written over.
        DataError: If photos or labels are not as they should be.
    """
    shares = _shares(args)
    folder, labels = Path(os.path.abspath(args.folder)), Path(os.path.abspath(args.labels))
    out = Path(os.path.abspath(args.out or Path('work_dirs', folder.name)))
    config = out / f'{out.name}.py'
    _check_out(out, folder, config)
    dataset = FolderMultiLabel(
        data_root=folder,
        ann_file=str(labels),
        unlabelled=args.unlabelled,
        label_separator=args.label_separator,
        lazy_init=True,
    )
    photos = check_photos(dataset, args.processes)
    if len(photos.keys) < MIN_PHOTOS:
        raise DataError(
            'There are too few photos to learn from some and measure on others.',
            where=folder,
            found=f'{len(photos.keys)} photos with labels',
            expected=f'{MIN_PHOTOS} or more; a hundred and more for numbers that mean something',
            fix='add photos and their labels',
        )
    division = divide(photos, shares, args.seed)
    console.print(label_table(photos, division))
    _print_groups(photos, division)
    for warning in warnings_of(photos, division):
        _note(warning)
    plan = plan_training(photos, division)
    for line in plan.notes:
        console.print(line)
    write_splits(out / SPLIT_FILE, division.members())
    write_json(out / GROUP_FILE, division.groups)
    with atomic_write(config) as file:
        file.write(config_text(args, labels, folder, photos, division, plan))
    _print_next(config)
    return 0


def _shares(args: argparse.Namespace) -> dict[str, float]:
    shares = {'val': args.val_share, 'test': args.test_share}
    shares = {'train': 1 - sum(shares.values()), **shares}
    wrong = [name for name in ('val', 'test') if not 0 <= shares[name] < 1]
    if wrong or shares['val'] == 0 or shares['train'] < 0.1:
        raise ConfigError(
            'The shares of the splits do not fit.',
            where='--val-share, --test-share',
            found=f'{args.val_share:g}, {args.test_share:g}',
            expected='a share above 0 to validate with, 0 or more to test with, 0.1 or more left to train',
        )
    return {name: shares[name] for name in SPLITS if shares[name] > 0}


def _check_out(out: Path, folder: Path, config: Path) -> None:
    if out.is_relative_to(folder):
        raise ConfigError(
            'Results would be written among the photos.', where='--out', found=out, fix='name a folder outside of them'
        )
    there = [path for path in (config, out / SPLIT_FILE) if path.exists()]
    if there:
        raise ConfigError(
            'There is a config or a file of splits already.',
            where=out,
            found=', '.join(path.name for path in there),
            fix='name another folder with --out, or remove them; what was trained with them belongs to them',
        )


def _print_groups(photos: CheckedPhotos, division: Division) -> None:
    groups = division.groups
    if not groups:
        console.print('No two photos show the same.')
        return
    console.print(
        f'{len(groups)} groups of photos show the same (copies, other sizes, mirrored or turned ones, series); '
        + ('each is kept together in one split:' if division.proposed else 'they are:')
    )
    for group in groups[:_SHOWN]:
        console.print(f'  {" = ".join(map(printable, group[:4]))}{" ..." if len(group) > 4 else ""}')
    if len(groups) > _SHOWN:
        console.print(f'  ... all of them: {GROUP_FILE}')
    other = [group for group in groups if len({photos.of(key).tobytes() for key in group}) > 1]
    if other:
        text = f'{len(other)} of them do not have the same labels, such as {some(other[0], 3)}.'
        _note(f'{text} Are all these labels right?')


def _print_next(config: Path) -> None:
    near = os.path.relpath(config)
    shown = config if near.startswith('..') else Path(near)
    run_dir = shown.parent / 'run'
    for line in (
        f'\nWritten: {shown}, {SPLIT_FILE}, {GROUP_FILE}',
        f'\nTo train; the report is left in {run_dir / "report"}:\n',
        f'  mlkd train {shlex.quote(str(shown))}',
        '\nTo see the report again:\n',
        f'  mlkd report {shlex.quote(str(run_dir))}',
        '\nTo label other photos then:\n',
        f'  mlkd predict PHOTOS --model {shlex.quote(str(run_dir / "student.safetensors"))}\n',
    ):
        console.print(line)


def _note(text: str) -> None:
    console.print(Text.assemble(('Note: ', 'yellow'), text))
