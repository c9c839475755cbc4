"""``mlkd cam``: one command, one sheet."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mlkd.apis.cli import main
from mlkd.apis.setup_config import setup_config
from mlkd.registry import MODELS

CONFIG = Path(__file__).parents[2] / 'configs' / 'oass' / 'oass_shapes.py'
FEW = ['--cfg-options', 'test_dataloader.dataset.num_images=6']


@pytest.fixture(scope='module')
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks of two stages as they are initialised, and photos."""
    folder = tmp_path_factory.mktemp('run')
    models = setup_config(CONFIG).models
    torch.manual_seed(0)
    for name in ('teacher', 'student'):
        network = MODELS.build(models[name].to_dict())
        network.init_weights()
        (folder / name).mkdir()
        torch.save(network.state_dict(), folder / name / 'network.pth')
    (folder / 'run.json').write_text('{}')
    (folder / 'photos').mkdir()
    for number, size in enumerate(((90, 120), (3, 200), (1, 1))):
        image = np.random.default_rng(number).integers(0, 256, (*size, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / 'photos' / f'{number}.png'), image)
    return folder


def cam(run: Path, *words: object) -> int:
    return main(['cam', str(CONFIG), *map(str, words), '--out', str(run / 'cam.png')])


def test_before_and_after_on_the_test_set(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = run / 'teacher' / 'network.pth'
    assert cam(run, 'initial', network, '--stage', 'teacher', '--images', 2, '--labels', 2, *FEW) == 0
    assert 'cam.png' in capsys.readouterr().out
    both = cv2.imread(str(run / 'cam.png')).shape
    assert cam(run, network, '--stage', 'teacher', '--keys', 'test/000001.png', *FEW) == 0
    one = cv2.imread(str(run / 'cam.png')).shape
    assert both[0] > one[0]
    assert both[1] > one[1]


def test_photos_and_two_stages_and_folders(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cam(run, run, run / 'student', run / 'photos', '--stage', 'teacher', 'student') == 0
    assert cv2.imread(str(run / 'cam.png')).shape[0] > 300
    broken = run / 'photos' / '9.png'
    broken.write_bytes(b'no image')
    try:
        assert cam(run, run, run / 'photos', '--stage', 'teacher', '--strategy', 'none') == 1
    finally:
        broken.unlink()
    assert 'Skipped' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('words', 'text'),
    [
        (['photos'], 'no network'),
        (['initial', 'initial', 'initial'], 'One network is drawn'),
        (['initial', '--stage', 'a', 'b'], 'Not one stage per network'),
        (['initial', '--stage', 'techer'], 'did you mean teacher?'),
        (['initial', '--labels', '0'], '--labels'),
        (['initial', 'nowhere.jpg'], 'no such file'),
        (['missing.pth', '--stage', 'teacher'], 'no such checkpoint'),
        (['initial', '--keys', 'tests/000001.png', *FEW], 'did you mean test/000001.png?'),
    ],
)
def test_wrong_arguments(run: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str) -> None:
    assert cam(run, *words) == 1
    assert text in capsys.readouterr().err


def test_networks_without_maps_say_so_and_have_gradients(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = run / 'hidden.py'
    file.write_text(
        f"_base_ = r'{CONFIG}'\nmodels = {{'student': {{'neck': {{'_delete_': True, 'type': 'PooledFC', "
        "'in_channels': 64, 'hidden_channels': 64}}}\n"
    )
    words = ['cam', str(file), 'initial', '--images', '1', '--out', str(run / 'cam.png'), *FEW]
    assert main(words) == 1
    assert 'has no class maps' in capsys.readouterr().err
    assert main([*words, '--gradients']) == 0
