"""Photos in a page, grouped: each with what it shows below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .data_url import data_url
from .tables import TextTable


@dataclass(frozen=True)
class Photo:
    """A photo of a page.

    Attributes:
        name: Of its file, where it gets one.
        data: JPEG.
        alt: What it shows, for those who do not see it.
        lines: Below it; the first in bold.
    """

    name: str
    data: bytes
    alt: str
    lines: tuple[str, ...] = ()

    def html(self) -> str:
        """The photo with its data in the page."""
        first, *rest = self.lines or ('',)
        caption = '<br>'.join([f'<b>{escape(first)}</b>', *map(escape, rest)])
        source = data_url(self.data, 'jpeg')
        image = f'<img alt="{escape(self.alt, quote=True)}" src="{source}">'
        return f'<figure>{image}{f"<figcaption>{caption}</figcaption>" if self.lines else ""}</figure>'

    def markdown(self, folder: str) -> str:
        """The photo as a file in a folder beside the text."""
        caption = ' | '.join(self.lines)
        return f'![{_plain(self.alt)}]({folder}/{self.name})' + (f' {_plain(caption)}' if caption else '')


@dataclass(frozen=True)
class Card:
    """Photos that belong together.

    Attributes:
        title: Their head.
        photos: In the order of reading.
        text: Below the head.
        columns: So many photos side by side, whatever the page's width; 0: as many as fit, all of one size.
        lead: A larger photo before the others.
        table: Below the lead.
    """

    title: str
    photos: Sequence[Photo]
    text: str = ''
    columns: int = 0
    lead: Photo | None = None
    table: TextTable | None = None

    @property
    def files(self) -> list[Photo]:
        """All photos of the card."""
        return [*([self.lead] if self.lead else []), *self.photos]

    def html(self) -> str:
        """The card as an article."""
        parts = [f'<h3>{escape(self.title)}</h3>', f'<p class="note">{escape(self.text)}</p>' if self.text else '']
        lead = (self.lead.html() if self.lead else '') + (self.table.html() if self.table else '')
        style = f' style="grid-template-columns: repeat({self.columns}, minmax(0, 1fr))"' if self.columns else ''
        kind = 'grid' if self.columns else 'grid any'
        grid = f'<div class="{kind}"{style}>{"".join(photo.html() for photo in self.photos)}</div>'
        body = f'<div class="side"><div class="lead">{lead}</div>{grid}</div>' if lead else grid
        return f'<article>{"".join(parts)}{body if lead or self.photos else ""}</article>'

    def markdown(self, folder: str) -> str:
        """The card with its photos as files in a folder beside the text."""
        lines = [f'### {_plain(self.title)}', self.text, self.table.markdown() if self.table else '']
        return '\n\n'.join([line for line in lines if line] + [photo.markdown(folder) for photo in self.files])


def _plain(text: str) -> str:
    """Without what Markdown would take for a link or a line of a table."""
    return ''.join(f'\\{letter}' if letter in '[]|<>*_`' else letter for letter in text)
