"""The tables of docs/results.md are those of the runs that the project keeps, not numbers that somebody typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.apis.results import block_text
from mlkd.apis.runs.kept_runs import find_runs
from mlkd.apis.runs.result_blocks import read_blocks

ROOT = Path(__file__).resolve().parents[2]
KEPT = [block for block in read_blocks(ROOT / 'docs' / 'results.toml') if block.kept]


@pytest.mark.parametrize('block', KEPT, ids=lambda block: block.title)
def test_a_block_says_what_its_kept_runs_say(block):
    folders = find_runs(f'{ROOT / block.kept}/*')
    assert folders
    page = (ROOT / 'docs' / 'results.md').read_text(encoding='utf-8')
    start, end = block.markers
    assert page.split(start)[1].split(end)[0].strip() == block_text(block, folders)
