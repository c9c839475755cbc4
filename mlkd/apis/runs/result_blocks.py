"""The blocks of a page of results: which there are, and where each stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlkd.errors import ConfigError

try:
    import tomllib
except ImportError:  # Python 3.10
    import tomli as tomllib  # type: ignore[no-redef]

_KEYS = frozenset({'title', 'glob', 'text', 'rows', 'speed', 'kept'})


@dataclass(frozen=True)
class Block:
    """One block of the page.

    Attributes:
        title: Its heading; also what its markers in the page are named after.
        pattern: Glob of the work folders.
        text: A paragraph under the heading.
        rows: Labels of rows in the order wanted.
        brief: One table, seeds and command, without a heading.
        kept: Where the project keeps what runs of this block said, see :func:`~.kept_runs.keep_runs`.
        speed: What ``benchmarks/networks.py --out`` wrote of the networks; left out where it is not there.
    """

    title: str
    pattern: str
    text: str = ''
    rows: Sequence[str] = ()
    brief: bool = False
    speed: str | None = None
    kept: str | None = None

    @property
    def markers(self) -> tuple[str, str]:
        """The lines before and after the block."""
        name = re.sub(r'[^a-z0-9]+', '-', self.title.lower()).strip('-')
        return f'<!-- results: {name} -->', f'<!-- end of results: {name} -->'


def read_blocks(path: str | Path) -> list[Block]:
    """Read the list of blocks: ``[[block]]`` with ``title`` and ``glob``, and maybe others of :class:`Block`.

    Raises:
        ConfigError: If the file is missing or wrong.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding='utf-8'))
    except FileNotFoundError as error:
        raise ConfigError('There is no list of blocks.', where=path, fix='name one with --blocks') from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError('The list of blocks is no TOML.', where=path, found=error) from error
    blocks = content.get('block')
    if not isinstance(blocks, list) or not blocks:
        raise ConfigError('The list of blocks has none.', where=path, found=list(content), expected='[[block]]')
    for entry in blocks:
        keys = entry.keys() if isinstance(entry, dict) else set()
        if not {'title', 'glob'} <= keys <= _KEYS:
            found, expected = sorted(keys) or entry, 'title and glob, and maybe text, rows, speed and kept'
            raise ConfigError('A block is not understood.', where=path, found=found, expected=expected)
    return [Block(pattern=entry.pop('glob'), **entry) for entry in blocks]


def put_block(page: str, block: Block, text: str) -> str:
    """The page with the block between its markers; at the end where it has none yet.

    Raises:
        ConfigError: If one of the two markers is missing.
    """
    start, end = block.markers
    whole = f'{start}\n\n{text}\n\n{end}'
    if (start in page) != (end in page) or page.find(start) > page.find(end):
        raise ConfigError(
            'A marker of a block is missing in the page.', where=block.title, expected=f'{start} ... {end}'
        )
    if start not in page:
        return f'{page.rstrip()}\n\n{whole}\n'
    before, after = page.split(start, 1)[0], page.split(end, 1)[1]
    return f'{before}{whole}{after}'
