"""Reads an HTML page as a browser without a network would, and says what is wrong with it."""

from __future__ import annotations

import re
from base64 import b64decode
from html.parser import HTMLParser

import cv2
import numpy as np

_EMPTY = ('meta', 'img', 'br')


class PageReader(HTMLParser):
    """Collects what a page holds.

    Attributes:
        images: Data of each image, all of which can be decoded.
        alts: What each shows.
        heads: Text of the headings of the second order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[bytes] = []
        self.alts: list[str] = []
        self.heads: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert tag not in ('script', 'link', 'iframe', 'object'), tag
        assert 'href' not in values or str(values['href']).startswith('#'), values
        self.links += [str(values['href'])[1:]] if 'href' in values else []
        self.ids += [str(values['id'])] if 'id' in values else []
        if tag == 'img':
            kind, data = re.fullmatch(r'data:image/(png|jpeg);base64,(.+)', str(values['src'])).groups()
            self.images.append(b64decode(data, validate=True))
            assert self.images[-1].startswith(b'\x89PNG' if kind == 'png' else b'\xff\xd8')
            assert cv2.imdecode(np.frombuffer(self.images[-1], np.uint8), cv2.IMREAD_COLOR) is not None
            self.alts.append(str(values['alt']))
            assert self.alts[-1]
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ['h2']:
            self.heads.append(data)


def read_page(text: str) -> PageReader:
    """Read a page, or a part of one.

    Raises:
        AssertionError: If a tag is not closed in order, something is fetched from elsewhere, an image cannot be
            decoded or does not say what it shows, or a link leads nowhere.
    """
    reader = PageReader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    assert set(reader.links) <= set(reader.ids)
    assert len(set(reader.ids)) == len(reader.ids)
    assert not re.search(r'url\(|@import|https?:', re.sub(r'base64,[^"]+', '', text))
    return reader
