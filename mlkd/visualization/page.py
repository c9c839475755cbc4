"""One HTML page that needs no other file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .data_url import data_url

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; overflow-wrap: anywhere } h2 { font-size: 1.15rem; margin-top: 2.2rem }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; overflow-wrap: anywhere }
nav { font-size: .9rem } nav a { color: #0072B2; margin-right: 1em; white-space: nowrap }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; color: #555; padding-bottom: .3rem }
th, td { padding: .25rem .8rem; text-align: right; border-bottom: 1px solid #ddd } th { border-bottom: 2px solid #888 }
th:first-child, td:first-child { text-align: left } tr.best td { font-weight: bold }
figure { margin: 1rem 0 } img { max-width: 100%; height: auto }
p.note { color: #555; font-size: .9rem; overflow-wrap: anywhere }
.grid { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); align-items: start }
.grid figure, .lead figure { margin: 0 } .grid img { width: 100%; display: block }
.grid.any img { aspect-ratio: 4 / 3; object-fit: contain; background: #f3f3f3 }
.lead img { display: block; max-height: 20rem; }
figcaption { font-size: .78rem; line-height: 1.3; color: #444; overflow-wrap: anywhere; padding-top: .15rem }
.side { display: flex; flex-wrap: wrap; gap: .8rem } .side > .lead { flex: 1 1 16rem; min-width: 0 }
.side > .grid { flex: 2 1 20rem; min-width: 0; align-content: start }
article { margin-bottom: 1.2rem } article table { font-size: .8rem; margin: .5rem 0 }
article th, article td { padding: .1rem .4rem }
@media print { @page { margin: 14mm } body { margin: 0; padding: 0; max-width: none; font-size: 9.5pt }
  nav { display: none } .wide { overflow: visible } th, td { padding: .15rem .45rem }
  figure, table, article, tr { break-inside: avoid } h2, h3, caption { break-after: avoid }
  img { max-height: 240mm } article table { font-size: 7pt } article th, article td { padding: .1rem .15rem }
  .side { flex-wrap: nowrap } .side > .lead { flex: 0 0 62mm }
  .grid { grid-template-columns: repeat(auto-fill, minmax(26mm, 1fr)) } }
""".strip()


def html_page(title: str, sections: Sequence[tuple[str, str]]) -> str:
    """A page with everything in it, light, fit for printing and for a phone.

    Args:
        title: Its heading.
        sections: Heading and HTML of each.

    Returns:
        The page's text.
    """
    body = '\n'.join(
        f'<section id="part{number}"><h2>{escape(head)}</h2>\n{content}\n</section>'
        for number, (head, content) in enumerate(sections, 1)
    )
    links = '\n'.join(f'<a href="#part{number}">{escape(head)}</a>' for number, (head, _) in enumerate(sections, 1))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f'<style>\n{_STYLE}\n</style></head>\n<body><h1>{escape(title)}</h1>\n'
        f'<nav>{links}</nav>\n{body}\n</body></html>\n'
    )


def html_image(png: bytes, alt: str) -> str:
    """An image with its data in the page; ``alt`` says what it shows."""
    source = data_url(png, 'png')
    return f'<figure><img alt="{escape(alt, quote=True)}" src="{source}"></figure>'


def html_note(text: str) -> str:
    """A paragraph in small type."""
    return f'<p class="note">{escape(text)}</p>'


def html_wide(content: str) -> str:
    """What may be wider than the page, which can then be moved sideways on its own."""
    return f'<div class="wide">{content}</div>'
