from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from page_reader import read_page
from scored_toy import files_of

from mlkd.apis.runs.report_parts import Section, write_parts
from mlkd.visualization import Card, Photo, TextTable, jpeg, png
from mlkd.visualization.figures import new_figure

IMAGE = jpeg(np.zeros((4, 6, 3), np.uint8))
PLOT = png(new_figure(1, 1), dpi=20)


def parts(photo: str) -> list[Section]:
    card = Card('card', [Photo(photo, IMAGE, 'a dog')])
    return [('First', ['a note', TextTable('numbers', ('a', 'b'), (('1', '2'),)), ('p.png', PLOT, 'a plot'), card])]


def test_one_page_and_markdown_with_files(tmp_path: Path) -> None:
    write_parts(tmp_path, 'title', parts('a.jpg'))
    files = files_of(tmp_path)
    assert set(files) == {'report.md', 'report.html', 'p.png', 'photos/a.jpg'}
    assert files['photos/a.jpg'] == IMAGE
    page = read_page(files['report.html'].decode())
    assert page.images == [PLOT, IMAGE]
    assert page.alts == ['a plot', 'a dog']
    text = files['report.md'].decode()
    assert re.findall(r'\]\((.*?)\)', text) == ['p.png', 'photos/a.jpg']
    assert '## First' in text
    assert 'numbers:' in text


def test_photos_of_an_earlier_report_go_and_nothing_else(tmp_path: Path) -> None:
    write_parts(tmp_path, 'title', parts('a.jpg'))
    (tmp_path / 'photos' / 'notes.txt').write_text('mine')
    write_parts(tmp_path, 'title', parts('b.jpg'))
    assert sorted(path.name for path in (tmp_path / 'photos').iterdir()) == ['b.jpg', 'notes.txt']
