from __future__ import annotations

import pytest

from mlkd.engine.dry_run import estimate_seconds, limit_batches, print_table

CONFIG = {
    'train_dataloader': {'batch_size': 4},
    'test_dataloader': {'batch_size': 4},
    'val_dataloader': {'batch_size': 4},
    'train_cfg': {'max_epochs': 10, 'val_interval': 2},
    'val_cfg': {},
}
RESULT = {
    'batches': {'train': [2, 50], 'test': [2, 20]},
    'images_per_second': 8.0,
    'train_seconds': 3.0,
    'test_seconds': 1.0,
    'processes': 1,
}


def test_limit() -> None:
    config = {key: dict(value) for key, value in CONFIG.items()}
    limit_batches(config, 3)
    assert all(config[f'{part}_dataloader']['batch_sampler']['limit'] == 3 for part in ('train', 'val', 'test'))
    assert config['train_cfg'] == {'max_epochs': 1, 'val_begin': 1, 'val_interval': 1}
    by_iteration = {'train_cfg': {'max_iters': 900}}
    limit_batches(by_iteration, 3)
    assert by_iteration['train_cfg'] == {'max_iters': 3}


def test_estimate_by_hand() -> None:
    """500 iterations of 4 images at 8 images/s; 1 test and 5 validations of 20 batches at 0.5 s each."""
    assert estimate_seconds(RESULT, CONFIG) == pytest.approx(500 * 4 / 8 + 6 * 20 * 0.5)
    assert estimate_seconds({**RESULT, 'processes': 2}, CONFIG) == pytest.approx(500 * 8 / 8 + 60)
    without_val = {**CONFIG, 'val_cfg': None}
    assert estimate_seconds(RESULT, without_val) == pytest.approx(250 + 10)
    # One iteration alone: its own time.
    assert estimate_seconds({**RESULT, 'images_per_second': 0.0}, without_val) == pytest.approx(500 * 1.5 + 10)
    by_iteration = {**without_val, 'train_cfg': {'max_iters': 100}}
    assert estimate_seconds(RESULT, by_iteration) == pytest.approx(50 + 10)


def test_one_iteration_says_nothing_about_speed(capsys: pytest.CaptureFixture[str]) -> None:
    result = {**RESULT, 'peak_memory_mib': {'rss': 900.0}}
    print_table({'a': (result, 60.0), 'b': ({**result, 'images_per_second': 0.0}, 60.0)}, 1)
    rows = [line.split('│')[1:3] for line in capsys.readouterr().out.splitlines() if line.startswith('│')]
    assert [[cell.strip() for cell in row] for row in rows[:2]] == [['a', '8.0'], ['b', '-']]
