"""What a report is made of, and how it is written: as Markdown with files beside it, and as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mlkd.fileio import atomic_write
from mlkd.visualization import Card, TextTable, html_image, html_note, html_page, html_wide

#: A figure: name of its file, PNG, what it shows.
Figure = tuple[str, bytes, str]
Content = TextTable | str | Figure | Card
#: Head and content.
Section = tuple[str, list[Content]]
#: Folder of photos beside the Markdown.
PHOTOS = 'photos'


def write_parts(target: Path, title: str, sections: Sequence[Section]) -> None:
    """Write ``report.html``, ``report.md`` and its files into a folder; photos of an earlier report go.

    Args:
        target: The folder.
        title: Of the report.
        sections: What is in it.
    """
    written = dict(_files(sections))
    for path in (target / PHOTOS).glob('*.jpg'):
        if f'{PHOTOS}/{path.name}' not in written:
            path.unlink()
    texts = {'report.md': _markdown(title, sections), 'report.html': _html(title, sections)}
    for name, data in {**written, **{name: text.encode() for name, text in texts.items()}}.items():
        with atomic_write(target / name, 'wb') as file:
            file.write(data)


def _files(sections: Sequence[Section]) -> Iterator[tuple[str, bytes]]:
    """The files that stand beside the Markdown: path, bytes."""
    for _, content in sections:
        for part in content:
            if isinstance(part, tuple):
                yield part[0], part[1]
            elif isinstance(part, Card):
                yield from ((f'{PHOTOS}/{photo.name}', photo.data) for photo in part.files)


def _markdown(title: str, sections: Sequence[Section]) -> str:
    """The report in Markdown (GitHub's)."""
    lines = [f'# {title}', '']
    for head, content in sections:
        lines += [f'## {head}', '']
        for part in content:
            if isinstance(part, TextTable):
                lines += [f'{part.title}:', '', part.markdown()]
            elif isinstance(part, tuple):
                lines += [f'![{part[2]}]({part[0]})', '']
            else:
                lines += [part.markdown(PHOTOS) if isinstance(part, Card) else part, '']
    return '\n'.join(lines)


def _html(title: str, sections: Sequence[Section]) -> str:
    """The report as one page that needs no other file."""
    return html_page(title, [(head, '\n'.join(map(_html_of, content))) for head, content in sections])


def _html_of(part: Content) -> str:
    if isinstance(part, TextTable):
        return html_wide(part.html())
    if isinstance(part, Card):
        return part.html()
    return html_image(part[1], part[2]) if isinstance(part, tuple) else html_note(part)
