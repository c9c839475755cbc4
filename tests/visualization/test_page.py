from __future__ import annotations

import re
from base64 import b64decode
from html.parser import HTMLParser

from mlkd.visualization import html_image, html_note, html_page


class Balanced(HTMLParser):
    """Collects tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in ('meta', 'img'):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_no_other_file_and_is_whole():
    page = html_page(
        'a < b', [('Head & more', html_image(b'\x89PNG data', 'what "it" shows')), ('x', html_note('<y>'))]
    )
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert '<h1>a &lt; b</h1>' in page
    assert '<h2>Head &amp; more</h2>' in page
    assert '&lt;y&gt;' in page
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 1
    assert b64decode(sources[0].removeprefix('data:image/png;base64,')) == b'\x89PNG data'
    assert 'http' not in page
