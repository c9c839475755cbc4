"""Exports a published student to ONNX, INT8 or a file of tensors; checks, measures and times what was written."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from mlkd.apis.plugins import import_plugins
from mlkd.apis.setup_config import add_override_arguments, setup_config
from mlkd.arguments import check_options
from mlkd.console import console
from mlkd.errors import ConfigError
from mlkd.export import METHODS, PREPROCESSING
from mlkd.published import STUDENT_FILE

from .exporter import FORMATS, Exporter
from .labelled_set import LabelledSet
from .report import print_report, put_report, write_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('--model', required=True, metavar='FILE', help=f'{STUDENT_FILE}, or the folder that holds it')
    parser.add_argument('--to', required=True, choices=FORMATS, help='what to write')
    parser.add_argument('--out', metavar='FILE', help='where to write (default: beside the model)')
    parser.add_argument(
        '--preprocessing',
        choices=PREPROCESSING,
        default='view',
        help="what the graph does before the network: nothing; normalisation and size of its view (default); a photo's "
        'resizing too',
    )
    parser.add_argument(
        '--plugins', nargs='+', default=[], metavar='MODULE', help='import these first: packages that have the network'
    )
    parser.add_argument('--check', metavar='DIR', help='photos to compare on (default: 32 drawn images)')
    parser.add_argument('--limit', type=int, default=100, metavar='N', help='at most so many of them (default 100)')
    parser.add_argument(
        '--calibrate', metavar='DIR', help='photos for the ranges of INT8 (default: those that --config trains on)'
    )
    parser.add_argument('--calibration-limit', type=int, default=128, metavar='N', help='of these (default 128)')
    parser.add_argument('--calibration', choices=METHODS, default='percentile', help='how ranges are chosen')
    parser.add_argument(
        '--config', metavar='CONFIG', help='measure mAP, before and after, on the test set of this config'
    )
    add_override_arguments(parser)
    parser.add_argument('--teacher', metavar='FILE', help='a published teacher to time beside it')
    parser.add_argument(
        '--seconds', type=float, default=3.0, metavar='S', help='how long to time each; 0: not at all (default 3)'
    )
    parser.add_argument('--page', metavar='FILE', help='write the numbers into this page of Markdown too')
    parser.add_argument(
        '--threads', type=int, default=torch.get_num_threads(), metavar='N', help='of each network timed'
    )


def run(args: argparse.Namespace) -> int:
    """Export, check, measure, time, print and write the report beside the file.

    Returns:
        Exit code: 1 if the file does not compute what the student does (it is then kept aside), else 0.

    Raises:
        MLKDError: If the model, photos, the config or an argument is wrong.
    """
    check_options(args, 'limit', 'calibration_limit', 'threads')
    if args.to == 'int8' and args.calibrate is None and args.config is None:
        raise ConfigError(
            'INT8 needs photos, from which the ranges of activations are taken.',
            where='--calibrate',
            fix='name a folder of photos such as the student will see, some hundred, not those of the test set; or a '
            'config (--config), whose training photos are then taken',
        )
    import_plugins(args.plugins, '--plugins')
    model = Path(args.model)
    model = model / STUDENT_FILE if model.is_dir() else model
    exporter = Exporter(model, args.to, args.out, args.preprocessing)
    config = None if args.config is None else setup_config(args.config, args.cfg_options, args.data_root)
    labelled = None if config is None else LabelledSet.of_config(config, exporter.student.classes)
    exporter.write(args.calibrate, config, args.calibration, args.calibration_limit)
    exporter.check(args.check, args.limit)
    if exporter.equal:
        exporter.measure(labelled)
        exporter.time(args.teacher, args.seconds, args.threads, args.plugins)
    print_report(exporter.report)
    path = write_report(exporter.report, exporter.out)
    if args.page:
        put_report(exporter.report, Path(args.page))
    console.print(f'Written: {exporter.out}, and all numbers: {path}')
    return 0 if exporter.equal else 1
