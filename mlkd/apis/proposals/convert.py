"""``convert``: proposal files of other tools in, a store out, or the other way round."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mlkd.apis.plugins import add_import_option, import_plugins
from mlkd.apis.proposals.catalogues import image_catalogue
from mlkd.apis.proposals.sources import add_config_options
from mlkd.console import console
from mlkd.errors import ConfigError, some
from mlkd.proposals.convert import Conversion, convert_proposals
from mlkd.proposals.formats import ProposalFormat, format_class, format_options, guess_format
from mlkd.proposals.image_catalogue import ImageCatalogue
from mlkd.registry import PROPOSAL_FORMATS

#: Options of formats: flag -> arguments of argparse.
_OPTIONS: dict[str, dict[str, Any]] = {
    'axes': {'choices': ('xy', 'yx'), 'help': 'which number of a corner comes first'},
    'box_mode': {'choices': ('xyxy', 'xywh'), 'help': 'two corners, or a corner with width and height'},
    'origin': {'type': int, 'choices': (0, 1), 'help': 'number of the first pixel'},
    'end': {'choices': ('inclusive', 'exclusive'), 'help': 'whether the second corner is the last pixel of the box'},
    'layout': {'choices': ('dict', 'list'), 'help': 'of mmdet, to write: by file name, or in the order of the images'},
    'num_classes': {'type': int, 'metavar': 'K', 'help': 'of a datalist: labels per line (default: of the config)'},
    'num_proposals': {'type': int, 'metavar': 'R', 'help': 'of a datalist: boxes per line (default: 500)'},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('source', help='proposal file, folder of MCG, or store')
    parser.add_argument('--out', required=True, metavar='PATH', help='what to write')
    parser.add_argument('--from', dest='source_format', metavar='FORMAT', help='format of SOURCE (default: told by it)')
    parser.add_argument('--to', metavar='FORMAT', help='format of PATH (default: told by its ending)')
    parser.add_argument(
        '--images',
        metavar='IMAGES',
        help='the images, in their order: folder, text file with paths (relative to --data-root, else to its folder), '
        'or config with data sets; can be left out where SOURCE is a store or a Parquet file',
    )
    parser.add_argument(
        '--name', help='name of the data set in the header of a store (default: its own, or the folder)'
    )
    boxes = parser.add_argument_group('how the file of the other tool is written, where not as its format says')
    for name, arguments in _OPTIONS.items():
        boxes.add_argument(f'--{name.replace("_", "-")}', **arguments)
    parser.add_argument('--clip', action='store_true', help='cut boxes to their image, drop those without area')
    parser.add_argument('--partial', action='store_true', help='take the images that both SOURCE and IMAGES have')
    parser.add_argument('--sort', action='store_true', help='put the boxes of each image in order of score, best first')
    parser.add_argument('--restart', action='store_true', help='forget what a run that was stopped has left')
    add_import_option(parser, 'formats of your own')
    add_config_options(parser)


def run(args: argparse.Namespace) -> int:
    """Convert and say what was done.

    Returns:
        Exit code.

    Raises:
        MLKDError: If anything that a person can mend is wrong.
    """
    import_plugins(args.modules)
    source, target = (
        format_class(args.source_format or guess_format(args.source)),
        format_class(args.to or _ending(args.out)),
    )
    images = None if args.images is None else image_catalogue(args.images, args)
    reader, writer = _built(source, target, args, images)
    if images is None:
        images = reader.catalogue(Path(args.source))
    if images is not None and args.name:
        images = ImageCatalogue(images.records, args.name)
    done = convert_proposals(
        args.source, reader, args.out, writer, images, args.clip, args.partial, args.sort, not args.restart
    )
    for line in _told(args.out, done):
        console.print(line)
    return 0


def _built(
    source: type[ProposalFormat], target: type[ProposalFormat], args: argparse.Namespace, images: ImageCatalogue | None
) -> tuple[ProposalFormat, ProposalFormat]:
    """Both formats, with the options that are meant for them."""
    given = {name: getattr(args, name) for name in _OPTIONS if getattr(args, name) is not None}
    # Of two formats of others, it is the one that is read of which a person knows better than the format.
    of_source = {name: given.pop(name) for name in list(given) if name in format_options(source) and name != 'layout'}
    of_target = {name: given.pop(name) for name in list(given) if name in format_options(target)}
    if given:
        names = ' '.join(f'--{name.replace("_", "-")}' for name in given)
        raise ConfigError(
            'An option is for neither of the formats.',
            where=names,
            found=f'{_name(source)} to {_name(target)}',
            fix='leave it out',
        )
    label = None if images is None else images[0].label
    if 'num_classes' in format_options(source) and label is not None:
        of_source.setdefault('num_classes', len(label))
    return source(**of_source), target(**of_target)


def _name(cls: type[ProposalFormat]) -> str:
    return next(name for name, other in PROPOSAL_FORMATS.module_dict.items() if other is cls)


def _ending(out: str) -> str:
    suffix = Path(out).suffix
    names = sorted(name for name, cls in PROPOSAL_FORMATS.module_dict.items() if suffix in cls.SUFFIXES)
    if len(names) != 1:
        raise ConfigError(
            'The ending does not tell the format to write.',
            where=f'--out {out}',
            fix=f'name it: --to {" or ".join(names or sorted(PROPOSAL_FORMATS.module_dict))}',
        )
    return names[0]


def _told(out: str, done: Conversion) -> list[str]:
    lines = [f'{out}: {done.images} images, {done.boxes} boxes']
    if done.without_boxes:
        lines.append(f'{done.without_boxes} images have no box')
    if done.clipped or done.dropped:
        lines.append(f'{done.clipped} boxes cut to their image, {done.dropped} dropped: nothing of them was in it')
    if done.left_out:
        lines.append(f'{done.left_out} boxes left out: of an image only so many have room, those with the best scores')
    if done.unsorted:
        lines.append(
            f'in {done.unsorted} images the boxes are not in the order of their scores, as before; --sort orders them'
        )
    if done.unknown:
        lines.append(f'{len(done.unknown)} entries left out, of other images: {some(done.unknown)}')
    if done.missing:
        lines.append(f'{len(done.missing)} images left out, without an entry: {some(done.missing)}')
    return lines
