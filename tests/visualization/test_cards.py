from __future__ import annotations

import re
from base64 import b64decode

import numpy as np
from page_reader import read_page

from mlkd.visualization import Card, Photo, TextTable, jpeg

IMAGE = jpeg(np.zeros((4, 6, 3), np.uint8))
PHOTO = Photo('a.jpg', IMAGE, 'a "dog" <here>', ('dog & cat', 'truth: <b>'))


def test_a_photo_is_in_the_page_with_its_text_escaped() -> None:
    html = PHOTO.html()
    page = read_page(html)
    assert page.alts == ['a "dog" <here>']
    assert page.images == [IMAGE]
    assert '<figcaption><b>dog &amp; cat</b><br>truth: &lt;b&gt;</figcaption>' in html
    assert 'figcaption' not in Photo('a.jpg', IMAGE, 'x').html()


def test_a_card_is_whole_html_with_lead_table_and_columns() -> None:
    table = TextTable('Scores', ('label', 'x'), (('dog', '0.5'),))
    card = Card('A < B', [PHOTO, PHOTO], 'some text', columns=3, lead=PHOTO, table=table)
    html = card.html()
    assert len(read_page(html).images) == 3
    assert '<h3>A &lt; B</h3>' in html
    assert 'repeat(3, minmax(0, 1fr))' in html
    assert html.index('class="lead"') < html.index('<table>') < html.index('class="grid"')
    assert 'class="grid any"' in Card('t', [PHOTO]).html()
    assert [photo.name for photo in card.files] == ['a.jpg'] * 3


def test_a_card_without_photos_is_its_head() -> None:
    assert Card('none', []).html() == '<article><h3>none</h3></article>'


def test_markdown_points_to_files_and_names_are_no_markup() -> None:
    text = Card('dog_1 [x]', [PHOTO], lead=PHOTO, table=TextTable('t', ('a', 'b'), (('1', '2'),))).markdown('photos')
    assert text.startswith('### dog\\_1 \\[x\\]\n\n| a | b |')
    assert re.findall(r'\]\((.*?)\)', text) == ['photos/a.jpg', 'photos/a.jpg']
    assert b64decode(PHOTO.html().split('base64,')[1].split('"')[0]) == IMAGE
