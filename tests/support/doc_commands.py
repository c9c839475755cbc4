"""Finds the commands in the documents, as a reader would type them."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: What a command begins with, after variables and the way to Python.
TOOLS = ('mlkd', 'tools/', 'benchmarks/', 'docs/', 'pytest', 'pip')
_PREFIXES = ('time', 'bash', 'python', '.venv/bin/python', 'python3')
_SHELL = ('', 'sh', 'bash', 'shell', 'console')
_SPAN = re.compile(r'(?<!`)`([^`]+)`(?!`)')
_ASSIGNMENT = re.compile(r'([A-Za-z_]\w*)=(.*)', re.DOTALL)


@dataclass(frozen=True)
class DocCommand:
    """A command of a document.

    Attributes:
        page: Path below the repository.
        line: Where it begins.
        words: The tool and its arguments; ``mlkd`` has its subcommand as the next word.
        variables: Of the environment, set for it.
        whole: Whether it stands in a block, to be typed as it is; else it is mentioned in the text.
    """

    page: str
    line: int
    words: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()
    whole: bool = True

    def __str__(self) -> str:
        return f'{self.page}:{self.line}: {" ".join(self.words)}'


def doc_pages() -> list[Path]:
    """README and all pages of the site."""
    return [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]


def commands_of(text: str, page: str = 'page.md') -> list[DocCommand]:
    """The commands of a page in Markdown, in blocks and in the text, in all their variants."""
    blocks, prose = _split(text)
    found = [command for block in blocks for command in _of_block(block, page)]
    for match in _SPAN.finditer(prose):
        line = prose.count('\n', 0, match.start()) + 1
        found += _of_words(match[1].split(), page, line, {}, whole=False)
    for number, row in enumerate(text.splitlines(), 1):
        if row.startswith('- command: '):
            found += _of_words(shlex.split(row.removeprefix('- command: ')), page, number, {}, whole=True)
    return found


def _split(text: str) -> tuple[list[list[tuple[int, str]]], str]:
    """Blocks of code as numbered lines, and the text with these lines left empty."""
    blocks: list[list[tuple[int, str]]] = []
    rows, prose, fence = [], [], None
    for number, row in [*enumerate(text.splitlines(), 1), (0, '')]:
        mark = re.match(r'\s*```(\S*)', row)
        indented = row.startswith('    ')
        if mark:
            fence = mark[1] if fence is None else None
        if mark or not (fence is not None or indented):
            if rows:
                blocks.append(rows)
            rows = []
        elif fence is None or fence in _SHELL:
            rows.append((number, row))
        # The text of lists may be indented as far as a block: it is looked through as both.
        prose.append('' if mark or fence is not None else row)
    return blocks, '\n'.join(prose)


def _of_block(rows: list[tuple[int, str]], page: str) -> Iterator[DocCommand]:
    variables: dict[str, list[str]] = {}
    pending, start = '', 0
    for number, row in rows:
        start = start if pending else number
        pending = f'{pending} {row.strip()}'.strip()
        if pending.endswith('\\'):
            pending = pending[:-1].strip()
            continue
        try:
            words = _shell_words(pending)
        except ValueError:  # A quotation goes on in the next line; in a text, it is none.
            pending = pending if _ASSIGNMENT.match(pending) else ''
            continue
        pending = ''
        yield from _of_line(words, page, start, variables)


def _shell_words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=';')
    lexer.whitespace_split, lexer.commenters = True, ''
    words = list(lexer)
    return words[: next((place for place, word in enumerate(words) if word.startswith('#')), len(words))]


def _of_line(words: list[str], page: str, line: int, variables: dict[str, list[str]]) -> Iterator[DocCommand]:
    """The commands of a line of shell; loops and variables that it sets hold for what follows."""
    parts = [list(part) for cut, part in itertools.groupby(words, lambda word: set(word) == {';'}) if not cut]
    for part in parts:
        while part and part[0] in ('do', 'done', 'then', 'fi'):
            part = part[1:]
        if part[:1] == ['for'] and part[2:3] == ['in']:
            variables[part[1]] = part[3:]
        elif len(part) == 1 and (match := _ASSIGNMENT.fullmatch(part[0])):
            variables[match[1]] = [match[2]]
        elif part:
            yield from _of_words(part, page, line, variables, whole=True)


def _of_words(
    words: list[str], page: str, line: int, variables: dict[str, list[str]], whole: bool
) -> Iterator[DocCommand]:
    environment: list[tuple[str, str]] = []
    while words and (words[0] in _PREFIXES or _ASSIGNMENT.fullmatch(words[0]) or words[0] == '-m'):
        if match := _ASSIGNMENT.fullmatch(words[0]):
            environment.append((match[1], match[2]))
        words = words[1:]
    if words:
        words = [words[0].removeprefix('.venv/bin/'), *words[1:]]
    if not words or not words[0].startswith(TOOLS) or words[0].startswith('mlkd.') or words[0].endswith('/'):
        return
    if words[0].startswith('docs/') and not words[0].endswith('.py'):
        return
    # ``tool ... --option``: what stood before, with an option more.
    whole = whole and words[1:2] != ['...']
    for variant in _without_brackets(words):
        for filled in _filled(variant, variables):
            yield DocCommand(page, line, tuple(filled), tuple(environment), whole)


def _without_brackets(words: list[str]) -> list[list[str]]:
    """``a [--b | --c C] d`` as ``a d``, ``a --b d`` and ``a --c C d``; dots that stand for more are left out."""
    plain: list[str] = []
    options: list[tuple[int, list[str]]] = []
    inside = False
    for word in words:
        if word.startswith('['):
            inside, word = True, word[1:]
            options.append((len(plain), []))
        closed = inside and word.endswith(']') and '[' not in word
        word = word.removesuffix(']') if closed else word
        if word == '|' and inside:
            options.append((len(plain), []))
        elif word.strip('.'):
            (options[-1][1] if inside else plain).append(word.removesuffix('...'))
        inside = inside and not closed
    return [plain, *([*plain[:place], *option, *plain[place:]] for place, option in options if option)]


def _filled(words: list[str], variables: dict[str, list[str]]) -> Iterator[list[str]]:
    """With the values of loops in place of ``$NAME`` and ``${NAME}``; a variable alone may be several words."""
    used = [name for name in variables if any(re.search(rf'\${{?{name}\b', word) for word in words)]
    for values in itertools.product(*(variables[name] for name in used)):
        filled = []
        for word in words:
            whole = word.strip('${}') in used and word.startswith('$')
            for name, value in zip(used, values, strict=True):
                word = re.sub(rf'\$({name}\b|{{{name}}})', value.replace('\\', r'\\'), word)
            filled += word.split() if whole else [word]
        yield filled
