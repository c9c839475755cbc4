from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis import results
from mlkd.errors import ConfigError, MLKDError

MakeRun = Callable[..., Path]


def run_results(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    results.add_arguments(parser)
    return results.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def page(make_run: MakeRun, tmp_path: Path) -> Path:
    """Two seeds of one config, one run of another, and a page with text of its own."""
    for seed in (1, 0):
        make_run(f'kd_{seed}', seed=seed, teacher=75.0, student=70.0 + seed, baseline=68.0)
    make_run('fitnets_0', config='fitnets.py', top={'table_row': 'FitNets'}, student=69.0)
    (tmp_path / 'blocks.toml').write_text(
        f"""
        [[block]]
        title = 'Table 4, small'
        text = 'Words about it.'
        glob = '{tmp_path}/*_*'
        rows = ['T-WDet', 'S-Cls (w/)']

        [[block]]
        title = 'Not run here'
        glob = '{tmp_path}/nothing*'
        """
    )
    path = tmp_path / 'results.md'
    path.write_text(
        '# Results\n\nBy hand.\n\n<!-- results: not-run-here -->\n\nOld.\n\n<!-- end of results: not-run-here -->\n'
    )
    return path


def test_blocks_are_written_between_their_markers_and_the_rest_stays(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert run_results('--blocks', tmp_path / 'blocks.toml', '--out', page) == 0
    text = page.read_text()
    assert text.startswith('# Results\n\nBy hand.\n')
    assert '\n\nOld.\n\n' in text
    block = text.split('<!-- results: table-4-small -->')[1].split('<!-- end of results: table-4-small -->')[0]
    assert '## Table 4, small\n\nWords about it.\n' in block
    methods = [line.split('|')[1].strip() for line in block.splitlines() if line.startswith('|')]
    assert methods[2:6] == ['T-WDet', '**S-Cls (w/)**', 'S-Cls (w/o)', 'FitNets']
    assert '| **S-Cls (w/)** | **70.5 ± 0.7** |' in block
    assert '- seeds: 0, 1' in block
    assert 'Not run here: 0 runs, left as it is' in capsys.readouterr().out


def test_writing_again_changes_nothing_and_new_runs_only_their_block(page: Path, make_run: MakeRun, tmp_path: Path):
    arguments = ('--blocks', tmp_path / 'blocks.toml', '--out', page)
    run_results(*arguments)
    once = page.read_text()
    run_results(*arguments)
    assert page.read_text() == once
    page.write_text(once + '\nAfter.\n')
    make_run('kd_2', seed=2, teacher=75.0, student=72.0, baseline=68.0)
    run_results(*arguments)
    text = page.read_text()
    assert '| **71.0 ± 1.0** |' in text
    assert text.endswith('\nAfter.\n')
    assert text.count('## Table 4, small') == 1


def test_one_block_can_be_named_on_the_command_line(page: Path, tmp_path: Path):
    out = tmp_path / 'new.md'
    run_results('--title', 'Seeds', '--glob', f'{tmp_path}/kd_*', '--out', out)
    assert out.read_text().startswith('# Results\n\n<!-- results: seeds -->\n\n## Seeds\n\n| method |')
    with pytest.raises(ConfigError, match='both'):
        run_results('--title', 'Seeds', '--out', out)


def test_a_brief_block_is_one_table_with_seeds_and_command(page: Path, tmp_path: Path):
    readme = tmp_path / 'README.md'
    readme.write_text('Before.\n\n<!-- results: short -->\n<!-- end of results: short -->\n\nAfter.\n')
    run_results('--title', 'Short', '--glob', f'{tmp_path}/kd_*', '--brief', '--out', readme)
    text = readme.read_text()
    assert text.startswith('Before.')
    assert text.rstrip().endswith('After.')
    assert '| **S-Cls (w/)** | **70.5 ± 0.7** |' in text
    assert '- seeds: 0, 1' in text
    assert '#' not in text
    assert sum(line.startswith('| ---') for line in text.splitlines()) == 1


def test_no_run_at_all_is_an_error_and_leaves_the_page(tmp_path: Path):
    with pytest.raises(MLKDError, match='No run was found') as caught:
        run_results('--title', 'x', '--glob', f'{tmp_path}/*', '--out', tmp_path / 'page.md')
    assert caught.value.where == f'{tmp_path}/*'
    assert not (tmp_path / 'page.md').exists()


def test_speed_of_networks_stands_below_the_tables_where_it_was_measured(page: Path, tmp_path: Path):
    blocks = tmp_path / 'blocks.toml'
    blocks.write_text(
        blocks.read_text()
        .replace('Words about it.', 'Words.')
        .replace('rows =', 'speed = "{}"\n        rows =')
        .format(tmp_path / 'speed.json')
    )
    run_results('--blocks', blocks, '--out', page)
    assert 'ms per image' not in page.read_text()
    row = {'network': 'S-Cls (w/)', 'parameters': 218212, 'ms_per_image': 6.123, 'ratio': 1.0}
    (tmp_path / 'speed.json').write_text(json.dumps({'command': 'python x.py', 'networks': [row]}))
    run_results('--blocks', blocks, '--out', page)
    text = page.read_text()
    assert '| S-Cls (w/) | 218,212 | 6.12 | 1.00 |' in text
    assert '`python x.py`' in text


def test_runs_of_a_kept_block_outlive_their_work_folders(page: Path, make_run: MakeRun, tmp_path: Path):
    blocks, kept = tmp_path / 'blocks.toml', tmp_path / 'docs' / 'runs'
    blocks.write_text(blocks.read_text().replace("/*_*'", f"/*_*'\nkept = '{kept}'"))
    run_results('--blocks', blocks, '--out', page)
    whole = page.read_text()
    assert sorted(path.name for path in kept.iterdir()) == ['fitnets_0', 'kd_0', 'kd_1']
    assert {path.name for path in kept.rglob('*') if path.is_file()} == {'summary.json'}
    for folder in tmp_path.glob('*_*'):
        shutil.rmtree(folder)
    run_results('--blocks', blocks, '--out', page)
    assert page.read_text() == whole
    make_run('kd_2', seed=2, teacher=75.0, student=72.0, baseline=68.0)
    run_results('--blocks', blocks, '--out', page)
    assert '| **71.0 ± 1.0** |' in page.read_text()
