"""One HTML page that needs no other file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; color: #555; padding-bottom: .3rem }
th, td { padding: .25rem .8rem; text-align: right; border-bottom: 1px solid #ddd } th { border-bottom: 2px solid #888 }
th:first-child, td:first-child { text-align: left } tr.best td { font-weight: bold }
img { max-width: 100%; height: auto } p.note { color: #555; font-size: .9rem }
@media print { body { margin: 0; max-width: none; font-size: 10pt } figure, table { break-inside: avoid } }
""".strip()


def html_page(title: str, sections: Sequence[tuple[str, str]]) -> str:
    """A page with everything in it, light, fit for printing.

    Args:
        title: Its heading.
        sections: Heading and HTML of each.

    Returns:
        The page's text.
    """
    body = '\n'.join(f'<section><h2>{escape(head)}</h2>\n{content}\n</section>' for head, content in sections)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f'<style>\n{_STYLE}\n</style></head>\n<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n'
    )


def html_image(png: bytes, alt: str) -> str:
    """An image with its data in the page; ``alt`` says what it shows."""
    return (
        f'<figure><img alt="{escape(alt, quote=True)}" src="data:image/png;base64,{b64encode(png).decode()}"></figure>'
    )


def html_note(text: str) -> str:
    """A paragraph in small type."""
    return f'<p class="note">{escape(text)}</p>'
