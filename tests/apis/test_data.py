"""``data check CONFIG``: one table, and the exit code."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlkd.apis import data
from mlkd.apis.cli import main_of
from mlkd.console import console
from mlkd.errors import ConfigError
from mlkd.proposals import ProposalWriter


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    data.add_arguments(parser)
    return data.run(parser.parse_args(['check', *map(str, arguments), '--processes', '1']))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A recipe of two stages over VOC; the second has proposals."""
    path = tmp_path / 'config.py'
    path.write_text(
        """
train = dict(type='VOCMultiLabel', data_root='nowhere')
test = dict(type='VOCMultiLabel', data_root='nowhere', split='test', test_mode=True)
train_dataloader = dict(batch_size=1, dataset=dict(type='RepeatDataset', times=2, dataset=train))
val_dataloader = dict(batch_size=1, dataset=test)
test_dataloader = val_dataloader
stages = ['one', 'two']
one = dict(train_dataloader=dict(batch_size=2))
two = dict(train_dataloader=dict(dataset=dict(dataset=dict(proposal_file='p.mlkd', seed=3))))
"""
    )
    return path


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables break no line."""
    monkeypatch.setattr(console, 'width', 250)


def write_store(root: Path, keys: range) -> None:
    with ProposalWriter(root / 'p.mlkd', 'voc', {'type': 'x'}) as writer:
        for number in keys:
            boxes, scores = np.array([[0, 0, 5, 5]], np.float32), np.ones(1, np.float32)
            writer.add(f'JPEGImages/{number:06d}.jpg', boxes, scores, (48, 64))
        writer.finish()


def test_each_data_set_once(config: Path) -> None:
    from mlkd.apis.setup_config import setup_config

    train, test = data.used_datasets(setup_config(config))
    assert (train.roles, test.roles) == ({'train'}, {'test'})
    assert train.proposals == {('p.mlkd', False)}
    assert test.proposals == set()


def test_nothing_wrong(config: Path, make_voc: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    root = make_voc()
    write_store(root, range(1, 5))
    assert run(config, '--data-root', root) == 0
    text = capsys.readouterr().out
    assert 'Nothing is wrong.' in text
    assert 'all decoded' in text
    assert '1.0 boxes per image' in text


def test_everything_wrong(config: Path, make_voc: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    root = make_voc()
    write_store(root, range(1, 4))
    folder = root / 'VOCdevkit/VOC2007/JPEGImages'
    shutil.copy(folder / '000001.jpg', folder / '000006.jpg')
    (folder / '000002.jpg').write_bytes((folder / '000002.jpg').read_bytes()[:300])
    (folder / '000003.jpg').unlink()
    assert run(config, '--data-root', root) == 1
    text = ' '.join(capsys.readouterr().out.split())
    assert '4 problems' in text
    assert run(config, '--data-root', root, '--fast') == 1
    assert '2 problems' in capsys.readouterr().out


def test_missing_data_are_explained(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_of('data', ['check', str(config)]) == 1
    text = capsys.readouterr().out
    assert 'http://host.robots.ox.ac.uk' in text
    assert 'configs/kd/wsddn_shapes.py' in text


def test_a_data_set_for_both(make_voc: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / 'both.py'
    one = f"dict(batch_size=1, dataset=dict(type='VOCMultiLabel', data_root={str(make_voc())!r}))"
    path.write_text(f'train_dataloader = {one}\nval_dataloader = {one}')
    assert run(path, '--fast') == 1
    assert 'used for both' in ' '.join(capsys.readouterr().out.split())


def test_config_without_data(tmp_path: Path) -> None:
    (tmp_path / 'empty.py').write_text('model = dict()')
    with pytest.raises(ConfigError, match='names no data set'):
        run(tmp_path / 'empty.py')


def test_misspelt_argument(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'c.py').write_text("train_dataloader = dict(dataset=dict(type='VOCMultiLabel', splitt='x'))")
    assert main_of('data', ['check', str(tmp_path / 'c.py')]) == 1
    assert 'did you mean split?' in capsys.readouterr().err
