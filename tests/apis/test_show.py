"""``mlkd show``: one command, one sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from network_toy import write_toy_run

from mlkd.apis import show as module
from mlkd.apis.cli import main
from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.proposals import ProposalStore


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return write_toy_run(tmp_path / 'run')


def show(*words: object) -> int:
    return main(['show', *map(str, words)])


def test_a_sheet_of_the_teacher(toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / 'sheet.png'
    assert show(toy / 'toy.py', toy / 'teacher' / 'network.pth', '--images', 4, '--out', out) == 0
    assert out.read_bytes().startswith(b'\x89PNG')
    assert str(out) in capsys.readouterr().out
    four = cv2.imread(str(out)).shape
    assert show(toy / 'toy.py', toy, '--keys', '3.png', '0.png', '--out', out) == 0
    assert cv2.imread(str(out)).shape[0] < four[0]


@pytest.mark.parametrize('place', ['teacher', 'teacher/full', 'full', ''])
def test_the_network_is_found_in_folders(toy: Path, place: str) -> None:
    file = toy / place / 'network.pth'
    file.parent.mkdir(parents=True, exist_ok=True)
    (toy / 'teacher' / 'network.pth').rename(file)
    assert module.network_file(str(toy), 'teacher') == file
    assert module.network_file(str(file), 'teacher') == file


@pytest.mark.parametrize(
    ('words', 'text'),
    [
        (['--keys', 'a/3.png'], 'did you mean 3.png?'),
        (['--images', '0'], '--images'),
        (['--stage', 'techer'], 'did you mean teacher?'),
        (['--stage', 'student'], 'does not fit'),
    ],
)
def test_wrong_arguments(toy: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str) -> None:
    assert show(toy / 'toy.py', toy / 'teacher' / 'network.pth', *words) == 1
    assert text in capsys.readouterr().err


def test_a_folder_without_network(toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'empty').mkdir()
    assert show(toy / 'toy.py', tmp_path / 'empty') == 1
    assert 'teacher/full/network.pth' in capsys.readouterr().err


def test_only_the_images_that_are_shown_get_proposals(
    toy: Path, make_voc: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten pictures of a large test set whose proposals nobody has made shall not take hours."""
    monkeypatch.chdir(tmp_path)
    root = make_voc({f'00000{i}': [('dog', (10, 5, 30, 25), False)] for i in (1, 2, 3, 4)})
    pipeline = "[dict(type='LoadImage'), dict(type='Warp', size=64), dict(type='PackMultiLabel')]"
    dataset = (
        f"dict(type='VOCMultiLabel', split='trainval', data_root={str(root)!r}, proposal_file='auto', "
        f"test_mode=True, metainfo=dict(classes=('dog', 'person', 'cat')), pipeline={pipeline})"
    )
    text = (toy / 'toy.py').read_text().replace("dict(type='ColouredPatches')", dataset)
    text += "proposals = dict(generator=dict(type='SlidingWindows', max_boxes=9))\n"
    (toy / 'toy.py').write_text(text)
    keys = ['JPEGImages/000003.jpg', 'JPEGImages/000001.jpg']
    assert show(toy / 'toy.py', toy, '--keys', *keys) == 0
    (store,) = (tmp_path / 'work_dirs' / 'proposals').glob('*.mlkd')
    assert ProposalStore.open(store).keys() == sorted(keys)
    config, network = setup_config(toy / 'toy.py'), toy / 'teacher' / 'network.pth'
    dataset = StageNetwork.load(config, network, 'teacher').test_set([2, 0])
    assert [dataset.get_data_info(index)['img_key'] for index in range(len(dataset))] == keys
    # Where those of all images are there, they are taken.
    whole = StageNetwork.load(config, network, 'teacher').test_set()
    assert len(whole) == 4
    assert len(StageNetwork.load(config, network, 'teacher').test_set([2, 0])) == 4
    assert show(toy / 'toy.py', toy, '--keys', 'JPEGImages/000002.jpg') == 0
    assert len(list((tmp_path / 'work_dirs' / 'proposals').glob('*.mlkd'))) == 2
