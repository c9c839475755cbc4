from __future__ import annotations

import numpy as np
from page_reader import read_page

from mlkd.visualization import html_image, html_note, html_page, html_wide, png
from mlkd.visualization.figures import new_figure


def test_the_page_needs_no_other_file_and_is_whole():
    picture = png(new_figure(1, 1), dpi=20)
    text = html_page(
        'a < b',
        [('Head & more', html_image(picture, 'what "it" shows')), ('x', html_note('<y>')), ('z', html_wide('wide'))],
    )
    page = read_page(text)
    assert page.images == [picture]
    assert page.alts == ['what "it" shows']
    assert page.heads == ['Head & more', 'x', 'z']
    assert page.links == page.ids == ['part1', 'part2', 'part3']
    assert '<h1>a &lt; b</h1>' in text
    assert '&lt;y&gt;' in text
    assert '<div class="wide">wide</div>' in text


def test_it_is_light_and_made_for_paper_and_phones():
    text = html_page('t', [])
    assert 'width=device-width' in text
    assert 'background: #fff' in text
    print_rules = text[text.index('@media print') :]
    assert 'break-inside: avoid' in print_rules
    assert 'nav { display: none }' in print_rules
    assert np.count_nonzero([text.count('{') - text.count('}')]) == 0
