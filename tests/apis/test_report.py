from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from page_reader import read_page
from scored_toy import files_of

from mlkd.apis import report
from mlkd.errors import ConfigError, DataError, MLKDError

MakeRun = Callable[..., Path]


def run_report(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    report.add_arguments(parser)
    return report.run(parser.parse_args([str(argument) for argument in arguments]))


def add_log(run: Path, stage: str) -> None:
    path = run / stage / '20260101_000000' / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text(''.join(f'{json.dumps({"loss": 1 / i, "epoch": 1, "iter": i, "step": i})}\n' for i in range(1, 5)))


def test_one_run_leaves_markdown_pictures_and_one_page(make_run: MakeRun, capsys: pytest.CaptureFixture[str]):
    run = make_run('a', teacher=75.0, feature=5.0, student=70.0, baseline=68.0)
    add_log(run, 'student')
    assert run_report(run) == 0
    folder = run / 'report'
    assert {path.name for path in folder.iterdir()} == {
        'report.md',
        'report.html',
        'ap.png',
        'gain.png',
        'curves.png',
    }
    text = (folder / 'report.md').read_text()
    assert '| **S-Cls (w/)** | **70.0** |' in text
    assert '![Gain in AP per class, S-Cls (w/) against S-Cls (w/o)](gain.png)' in text
    assert 'left out: emu' in text
    for name in re.findall(r'\]\((\w+\.png)\)', text):
        assert cv2.imread(str(folder / name)) is not None
    page = read_page((folder / 'report.html').read_text())
    assert len(page.images) == 3
    assert page.heads[-1] == 'Not shown'
    printed = capsys.readouterr().out
    assert 'S-Cls (w/)' in printed
    assert 'Without photos. There is no such config file.' in printed
    assert 'report.html' in printed


def test_several_seeds_are_one_table_beside_the_runs(make_run: MakeRun, tmp_path: Path):
    runs = [make_run(f's{seed}', seed=seed, student=70.0 + seed, baseline=68.0) for seed in range(3)]
    run_report(*runs)
    text = (tmp_path / 'report' / 'report.md').read_text()
    assert '| S-Cls (w/o) | 68.0 ± 0.0 |' in text
    assert '| **S-Cls (w/)** | **71.0 ± 1.0** |' in text
    assert 'seeds: 0, 1, 2' in text


def test_it_is_written_where_it_is_asked_for_and_the_same_each_time(make_run: MakeRun, tmp_path: Path):
    run = make_run('a', student=70.0, baseline=68.0)
    contents = []
    for name in ('x', 'y'):
        run_report(run, '--out', tmp_path / name, '--pictures', '0')
        contents.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert contents[0] == contents[1]
    assert not (run / 'report').exists()


def test_a_run_counts_once_however_its_folder_is_spelt(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch):
    run = make_run('a', student=70.0, baseline=68.0)
    monkeypatch.chdir(run.parent)
    run_report('a', f'{run}/', 'a/../a', '--pictures', 0)
    assert '| student | 100 | 50 | 900 | - | 1,000 | 1 |' in (run / 'report' / 'report.md').read_text()


def test_a_file_in_the_place_of_the_report_is_known_before_it_is_made(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
):
    run = make_run('a', student=70.0)
    monkeypatch.setattr(report, '_sections', None)
    with pytest.raises(ConfigError, match='Nothing can be written there'):
        run_report(run, '--out', run / 'summary.json')


def test_the_report_is_written_before_its_tables_are_printed(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch):
    def gone(*content: object) -> None:
        raise BrokenPipeError

    run = make_run('a', student=70.0, baseline=68.0)
    monkeypatch.setattr(report.console, 'print', gone)
    with pytest.raises(BrokenPipeError):
        run_report(run, '--pictures', 0)
    assert (run / 'report' / 'report.html').is_file()


def test_without_numbers_per_class_there_is_no_plot_of_gains(make_run: MakeRun):
    run = make_run('a', student=70.0, baseline=68.0)
    summary = json.loads((run / 'summary.json').read_text())
    del summary['stages']['baseline']['per_class']
    (run / 'summary.json').write_text(json.dumps(summary))
    run_report(run)
    assert not (run / 'report' / 'gain.png').exists()
    assert 'gain.png' not in (run / 'report' / 'report.md').read_text()


def test_a_run_without_map_is_an_error(make_run: MakeRun):
    run = make_run('a', student=70.0)
    summary = json.loads((run / 'summary.json').read_text())
    summary['stages']['student']['metrics'] = {'accuracy': 3.0}
    (run / 'summary.json').write_text(json.dumps(summary))
    with pytest.raises(MLKDError, match='measured mAP') as caught:
        run_report(run)
    assert "['accuracy']" in str(caught.value)


def test_a_folder_without_a_run_is_an_error(tmp_path: Path):
    with pytest.raises(DataError, match='no summary'):
        run_report(tmp_path)


def test_a_whole_page_with_photos_the_same_for_a_seed(
    shapes_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shapes_run.parent)
    contents = []
    for name in ('x', 'y'):
        assert run_report(shapes_run, '--out', tmp_path / name, '--pictures', '2', '--seed', '4') == 0
        contents.append(files_of(tmp_path / name))
    assert contents[0] == contents[1]
    page = read_page(contents[0]['report.html'].decode())
    assert page.heads == [
        'Results',
        'AP per class',
        'Gain per class',
        'What the networks see',
        'Mistakes of S-Cls (w/)',
        'Labels together',
        'Thresholds and calibration',
        'Learning curves',
        'Time and memory',
        'Made with',
    ]
    assert len(contents[0]['report.html']) < 8_000_000
    # All files that the Markdown names are there, and no others.
    named = set(re.findall(r'\]\(([\w./-]+)\)', contents[0]['report.md'].decode()))
    assert named == set(contents[0]) - {'report.md', 'report.html'}
    left = ['maps', 'mistakes', 'cooccurrence', 'calibration', 'curves']
    run_report(shapes_run, '--out', tmp_path / 'z', '--without', *left)
    page = read_page((tmp_path / 'z' / 'report.html').read_text())
    assert page.heads == ['Results', 'AP per class', 'Gain per class', 'Time and memory', 'Made with']


@pytest.mark.parametrize('words', [['--pictures', '-1'], ['--seed', '-1']])
def test_numbers_below_zero_are_an_error(make_run: MakeRun, words: list[str]) -> None:
    with pytest.raises(ConfigError, match='at least 0') as caught:
        run_report(make_run('a', student=70.0), *words)
    assert words[0] in str(caught.value)
