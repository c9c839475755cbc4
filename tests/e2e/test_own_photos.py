"""From a folder of photos and a CSV to the report, with the commands that a person types."""

from __future__ import annotations

from pathlib import Path

import pytest
from photo_toys import make_labelled

from mlkd.apis.cli import main_of

#: For a test alone: no processes, few images.
SMALL = ('batch_size=2', 'num_workers=0', 'persistent_workers=False')


def test_from_photos_to_training_in_two_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('MLKD_WEIGHTS', raising=False)
    photos, labels = make_labelled(tmp_path, 16)
    # Of some nothing is known but one label.
    labels.write_text(labels.read_text() + '\n000;?\n')
    assert main_of('init', [str(photos), str(labels), '--out', 'tagger', '--processes', '1']) == 0
    config = str(tmp_path / 'tagger' / 'tagger.py')
    # From any folder.
    (tmp_path / 'elsewhere').mkdir()
    monkeypatch.chdir(tmp_path / 'elsewhere')
    loaders = [f'{split}_dataloader.{key}' for split in ('train', 'val', 'test') for key in SMALL]
    options = ['proposals.generator.type=SlidingWindows', *loaders]
    assert main_of('train', [config, '--dry-run', '1', '--cfg-options', *options]) == 0
    assert 'Dry run' in capsys.readouterr().out
    assert (tmp_path / 'tagger' / 'run' / 'dry_run').is_dir()
    assert main_of('data', ['check', config, '--processes', '1']) == 0
