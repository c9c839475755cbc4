"""README and pages: what they link to is there, and how each picture was made is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doc_commands import ROOT, doc_pages

_LINK = re.compile(r'\]\(([^()\s]+)\)')


def anchors(page: Path) -> set[str]:
    """Of the headings, as GitHub makes them."""
    heads = re.findall(r'^#+ (.*)$', page.read_text(), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', head.lower()).strip().replace(' ', '-') for head in heads}


@pytest.mark.parametrize('page', doc_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    for target in _LINK.findall(page.read_text()):
        if re.match(r'[a-z]+:', target):
            continue
        path, _, anchor = target.partition('#')
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f'{page}: {target}'
        assert not anchor or anchor in anchors(file), f'{page}: {target}'


def test_how_each_picture_was_made_is_told() -> None:
    told = (ROOT / 'docs' / 'pictures.md').read_text()
    pictures = sorted((ROOT / 'docs' / 'images').iterdir())
    assert len(pictures) >= 6
    for picture in pictures:
        assert f'| `images/{picture.name}` | `' in told, picture.name


def test_no_page_fetches_anything_from_elsewhere() -> None:
    for page in doc_pages():
        assert not re.search(r'!\[[^\]]*\]\(https?:|<script|<iframe|src="http', page.read_text()), page


def test_every_room_is_in_the_api() -> None:
    described = ''.join(page.read_text() for page in (ROOT / 'docs' / 'api').glob('*.md'))
    rooms = [path.parent for path in (ROOT / 'mlkd').glob('*/__init__.py') if '__all__' in path.read_text()]
    for room in rooms:
        inner = {f'mlkd.{room.name}', *(f'mlkd.{room.name}.{path.parent.name}' for path in room.glob('*/__init__.py'))}
        assert room.name == 'compat' or any(f'automodule:: {name}\n' in described for name in inner), room.name
