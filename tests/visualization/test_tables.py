from __future__ import annotations

import io

from rich.console import Console

from mlkd.visualization import TextTable

TABLE = TextTable('percent', ('method', 'mAP'), (('plain', '1.0'), ('a|b <c>', '2.0')), best=1)


def test_markdown_escapes_bars_and_sets_the_best_row_in_bold():
    assert TABLE.markdown().splitlines() == [
        '| method | mAP |',
        '| --- | ---: |',
        '| plain | 1.0 |',
        '| **a\\|b <c>** | **2.0** |',
    ]


def test_html_escapes_and_marks_the_best_row():
    html = TABLE.html()
    assert '<caption>percent</caption>' in html
    assert '<tr class=best><td>a|b &lt;c&gt;</td><td>2.0</td></tr>' in html
    assert html.count('<tr') == 3


def test_rich_prints_every_cell():
    text = io.StringIO()
    Console(file=text, width=60).print(TABLE.rich())
    for cell in ('percent', 'method', 'mAP', 'plain', '1.0', 'a|b <c>', '2.0'):
        assert cell in text.getvalue()


def test_names_are_no_markup():
    text = io.StringIO()
    odd = TextTable('[red]t[/t]', ('[a]', '[/b]'), (('[/c]', '[bold]d'), ('e\\', 'f')))
    Console(file=text, width=60).print(odd.rich())
    for cell in ('[red]t[/t]', '[a]', '[/b]', '[/c]', '[bold]d', 'e\\', 'f'):
        assert cell in text.getvalue()


def test_nothing_is_cut_off_where_the_terminal_is_narrow():
    text = io.StringIO()
    Console(file=text, width=24).print(TextTable('t', ('class', 'R70@2000'), (('diningtable', '100.0'),)).rich())
    assert '…' not in text.getvalue()
    narrow = io.StringIO()
    Console(file=narrow, width=14).print(TextTable('t', ('class', 'R70@2000'), (('diningtable', '100.0'),)).rich())
    rows = [line.split('│') for line in narrow.getvalue().splitlines() if '│' in line]
    assert ''.join(row[1].strip() for row in rows) == 'diningtable'
