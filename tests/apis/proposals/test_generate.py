"""``proposals generate``: images of a folder or of a config's data sets in, a store out."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.dataset import BaseDataset

from mlkd.apis import proposals
from mlkd.apis.cli import main_of
from mlkd.errors import ConfigError, DataError, ProposalError
from mlkd.proposals import ProposalStore
from mlkd.registry import DATASETS


@DATASETS.register_module()
class ListedImages(BaseDataset):
    """Images named in the config; needs no annotation file."""

    METAINFO = {'classes': ('a',), 'dataset_name': 'listed'}

    def __init__(self, names: list[str], proposal_file: str | None = None, **kwargs) -> None:
        assert proposal_file is None, 'a data set must not look for proposals that are just being made'
        self.names = names
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        return [{'img_path': f'{self.data_root}/{name}', 'img_key': name, 'gt_label': [1]} for name in self.names]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four images with a square each."""
    random = np.random.default_rng(0)
    (tmp_path / 'photos' / 'sub').mkdir(parents=True)
    for index, name in enumerate(('1.png', '2.png', 'sub/3.png', 'sub/4.png')):
        image = random.normal(100, 5, (64, 80, 3)).clip(0, 255).astype(np.uint8)
        image[10:40, 10 + 5 * index : 50] = (0, 0, 255)
        cv2.imwrite(str(tmp_path / 'photos' / name), image)
    return tmp_path / 'photos'


def _run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    proposals.add_arguments(parser)
    return proposals.run(parser.parse_args([str(argument) for argument in arguments]))


def test_folder(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / 'photos.mlkd'
    assert _run('generate', folder, '--out', out, '--processes', 2, '--generator-options', 'max_boxes=7') == 0
    store = ProposalStore.open(out)
    store.verify()
    assert store.keys() == ['1.png', '2.png', 'sub/3.png', 'sub/4.png']
    assert store.header['dataset'] == 'photos'
    assert store.header['generator']['type'] == 'SelectiveSearch'
    assert store.header['generator']['max_boxes'] == store.counts().max() == 7
    assert store['1.png'].size == (64, 80)
    text = capsys.readouterr().out
    assert '4 images' in text
    assert f'{store.header["boxes"]} boxes' in text


def test_again_and_with_other_settings(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / 'photos.mlkd'
    for _ in range(2):
        assert _run('generate', folder, '--out', out, '--processes', 1, '--name', 'mine') == 0
    assert ProposalStore.open(out).header['dataset'] == 'mine'
    with pytest.raises(ProposalError, match='other settings'):
        _run('generate', folder, '--out', out, '--name', 'mine', '--generator-options', 'mode=quality')


def test_the_type_is_no_setting(folder: Path, tmp_path: Path) -> None:
    options = ['--generator', 'EdgeBoxes', '--generator-options', 'type=SlidingWindows']
    with pytest.raises(ConfigError, match='type of a generator') as caught:
        _run('generate', folder, '--out', tmp_path / 'photos.mlkd', *options)
    assert '--generator' in caught.value.fix
    assert not (tmp_path / 'photos.mlkd').exists()


def test_broken_image_then_mended(folder: Path, tmp_path: Path) -> None:
    out, image = tmp_path / 'photos.mlkd', folder / 'sub' / '3.png'
    whole = image.read_bytes()
    image.write_bytes(whole[:100])
    with pytest.raises(ProposalError, match='1 of 4 images') as caught:
        _run('generate', folder, '--out', out, '--processes', 1)
    assert 'sub/3.png' in str(caught.value)
    image.write_bytes(whole)
    assert _run('generate', folder, '--out', out, '--processes', 1) == 0


def _config(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / 'config.py'
    path.write_text(
        f"""
train = dict(type='ListedImages', data_root={str(folder)!r}, names=['sub/3.png', '1.png'], proposal_file='auto')
test = dict(type='ListedImages', data_root={str(folder)!r}, names=['1.png', '2.png'], test_mode=True)
train_dataloader = dict(batch_size=1, dataset=dict(type='RepeatDataset', times=2, dataset=train))
val_dataloader = dict(batch_size=1, dataset=test)
test_dataloader = val_dataloader
"""
    )
    return path


def test_datasets_of_a_config(folder: Path, tmp_path: Path) -> None:
    config = _config(folder, tmp_path)
    assert _run('generate', config, '--out', tmp_path / 'all.mlkd', '--processes', 1) == 0
    store = ProposalStore.open(tmp_path / 'all.mlkd')
    assert store.keys() == ['1.png', '2.png', 'sub/3.png']
    assert store.header['dataset'] == 'listed'
    assert _run('generate', folder, '--out', tmp_path / 'folder.mlkd', '--processes', 1) == 0
    same = ProposalStore.open(tmp_path / 'folder.mlkd')
    for key in store:
        np.testing.assert_array_equal(store[key].bboxes, same[key].bboxes)


def test_one_split_of_a_config(folder: Path, tmp_path: Path) -> None:
    config = _config(folder, tmp_path)
    assert _run('generate', config, '--out', tmp_path / 'val.mlkd', '--processes', 1, '--splits', 'val') == 0
    assert ProposalStore.open(tmp_path / 'val.mlkd').keys() == ['1.png', '2.png']


def test_wrong_arguments(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no such image folder'):
        _run('generate', tmp_path / 'none', '--out', tmp_path / 'x.mlkd')
    with pytest.raises(ConfigError, match='did you mean SelectiveSearch'):
        _run('generate', folder, '--out', tmp_path / 'x.mlkd', '--generator', 'SelectiveSerch')
    empty = tmp_path / 'empty.py'
    empty.write_text('model = dict()')
    with pytest.raises(ConfigError, match='names no data set'):
        _run('generate', empty, '--out', tmp_path / 'x.mlkd')
    with pytest.raises(SystemExit):
        _run('generate', folder, '--out', tmp_path / 'x.mlkd', '--processes', 0)


def test_list_of_images(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / 'mine.txt'
    path.write_text('# two of them\nsub/3.png\n1.png\n')
    arguments = ('--out', tmp_path / 'x.mlkd', '--processes', 1, '--generator', 'EdgeBoxes')
    with pytest.raises(DataError, match='2 images of the list are not there') as caught:
        _run('generate', path, *arguments)
    assert 'line 2: sub/3.png' in str(caught.value)
    assert _run('generate', path, '--data-root', folder, *arguments) == 0
    store = ProposalStore.open(tmp_path / 'x.mlkd')
    assert store.keys() == ['1.png', 'sub/3.png']
    assert store.header['dataset'] == 'mine'
    assert store.header['generator']['type'] == 'EdgeBoxes'


def test_shards_and_merge(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    arguments = ('--generator', 'SlidingWindows', '--processes', 1, '--out', tmp_path / 'x.mlkd')
    for shard in ('1/2', '2/2'):
        assert _run('generate', folder, *arguments, '--shard', shard) == 0
    shards = sorted(tmp_path.glob('x.shard*.mlkd'))
    assert [ProposalStore.open(path).keys() for path in shards] == [['1.png', 'sub/3.png'], ['2.png', 'sub/4.png']]
    capsys.readouterr()
    assert _run('merge', *shards, '--out', tmp_path / 'merged.mlkd') == 0
    assert '4 images' in capsys.readouterr().out
    assert _run('generate', folder, *arguments) == 0
    for path in (tmp_path / 'x.mlkd').iterdir():
        assert (tmp_path / 'merged.mlkd' / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(ConfigError, match='shard'):
        _run('generate', folder, *arguments, '--shard', '3/2')
    with pytest.raises(ProposalError, match='1 of 2 shards are missing'):
        _run('merge', shards[0], '--out', tmp_path / 'm.mlkd')


def test_time_is_told_also_where_images_fail(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (folder / '2.png').write_bytes(b'no image')
    arguments = ('--generator', 'SlidingWindows', '--processes', 1, '--out', tmp_path / 'x.mlkd')
    with pytest.raises(ProposalError, match='1 of 4 images') as caught:
        _run('generate', folder, *arguments)
    assert '2.png: An image file cannot be decoded' in str(caught.value)
    assert 'per image and process (3 images, 1 processes)' in capsys.readouterr().err
    (folder / '2.png').unlink()
    assert _run('generate', folder, *arguments) == 0
    assert 'per image' not in capsys.readouterr().err  # no image was left to do
    assert ProposalStore.open(tmp_path / 'x.mlkd').keys() == ['1.png', 'sub/3.png', 'sub/4.png']


def test_exit_code_says_that_images_failed(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (folder / '2.png').write_bytes(b'')
    words = ['generate', str(folder), '--out', str(tmp_path / 'x.mlkd'), '--generator', 'SlidingWindows']
    assert main_of('proposals', [*words, '--processes', '1']) == 1
    error = capsys.readouterr().err
    assert '1 of 4 images got no proposals' in error
    assert 'Traceback' not in error


def test_help_lists_the_generators(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        _run('generate', '--help')
    text = capsys.readouterr().out
    for name in ('DetectorProposals', 'EdgeBoxes', 'GraphSegmentation', 'SelectiveSearch', 'SlidingWindows'):
        assert f'  {name}' in text
    assert 'Boxes that many contours lie in' in text


def test_generator_of_ones_own(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of docs/proposals.md, as it stands there."""
    page = (Path(__file__).parents[3] / 'docs' / 'proposals.md').read_text()
    code = next(block for block in page.split('```')[1::2] if 'class StableRegions' in block)
    (tmp_path / 'stable_regions.py').write_text(code.removeprefix('python\n'))
    monkeypatch.syspath_prepend(str(tmp_path))
    arguments = ('--out', tmp_path / 'x.mlkd', '--generator', 'StableRegions', '--generator-options', 'max_boxes=5')
    with pytest.raises(ConfigError, match='no such generator') as caught:
        _run('generate', folder, *arguments, '--processes', 1)
    assert '--import' in caught.value.fix
    assert _run('generate', folder, *arguments, '--processes', 1, '--import', 'stable_regions') == 0
    store = ProposalStore.open(tmp_path / 'x.mlkd')
    assert store.header['generator']['type'] == 'StableRegions'
    assert store.header['generator']['max_boxes'] == 5
    with pytest.raises(ConfigError, match='cannot be imported'):
        _run('generate', folder, *arguments, '--import', 'no_such_module')
