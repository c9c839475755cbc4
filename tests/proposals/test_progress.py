"""How far a long work is, on the error stream of a terminal."""

from __future__ import annotations

import pytest

from mlkd.proposals.progress import Timing, progress_bar


def test_what_each_image_took() -> None:
    assert str(Timing(4, 2.0, 3)) == '0.5 s per image and process (4 images, 3 processes)'
    assert str(Timing(3, 1.0)) == '0.333 s per image and process (3 images, 1 processes)'
    assert str(Timing()) == '0 s per image and process (0 images, 1 processes)'


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
