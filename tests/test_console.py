"""What commands print, and how far a long work is, on the error stream of a terminal."""

from __future__ import annotations

import pytest
from rich.table import Table

from mlkd.console import console, error_console, plain_console, progress_bar

NAME = '/data/[red]photos[/red]/' + 'long ' * 40 + ':cat: 1 [/b].jpg'


def test_text_is_printed_as_it_is_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    console.print(f'Written: {NAME}')
    error_console.print(NAME)
    assert capsys.readouterr() == (f'Written: {NAME}\n', f'{NAME}\n')


def test_cells_and_titles_of_tables_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table('[bold]label', title='[i]photos[/i]')
    table.add_row('[red]:cat:')
    console.print(table)
    shown = capsys.readouterr().out
    for text in ('[i]photos[/i]', '[bold]label', '[red]:cat:'):
        assert text in shown


def test_numbers_are_not_coloured_in_a_terminal() -> None:
    terminal = plain_console(force_terminal=True, color_system='truecolor')
    with terminal.capture() as capture:
        terminal.print('3 photos')
        terminal.print('wrong', style='red')
    assert capture.get() == '3 photos\n\x1b[31mwrong\x1b[0m\n'


@pytest.fixture(params=[True, False], ids=['terminal', 'file'])
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.delenv('FORCE_COLOR', raising=False)
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setenv('COLUMNS', '120')
    if request.param:
        monkeypatch.setenv('FORCE_COLOR', '1')
    return request.param


@pytest.mark.parametrize('wanted', [True, False])
def test_the_bar_is_there_where_it_is_wanted_and_seen(
    terminal: bool, wanted: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_bar(wanted) as bar:
        task = bar.add_task('boxes', total=3)
        bar.advance(task, 2)
    out, shown = capsys.readouterr()
    assert out == ''
    assert bool(shown) == (terminal and wanted)
    if shown:
        assert 'boxes' in shown
        assert '2/3' in shown


def test_it_goes_away_where_that_is_asked_for() -> None:
    assert progress_bar(transient=True).live.transient
    assert not progress_bar().live.transient


def test_a_name_in_a_bar_is_no_markup(terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as bar:
        bar.add_task('[/b].mlkd', total=1)
    assert ('[/b].mlkd' in capsys.readouterr().err) == terminal


def test_a_bar_in_a_bar(terminal: bool) -> None:
    with progress_bar() as outer, progress_bar() as inner:
        assert outer.add_task('images', total=1) == inner.add_task('boxes', total=1)
