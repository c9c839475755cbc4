from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.apis.setup_config import setup_config
from mlkd.errors import ConfigError

BASE = "model = dict(type='Net', layers=[dict(width=1), dict(width=2)])\ntrain_cfg = dict(max_epochs=3)\n"
BASE += "stages = ['teacher']\nteacher = dict(tag=1)\n"


def write(folder: Path, text: str = BASE) -> Path:
    path = folder / 'config.py'
    path.write_text(text)
    return path


def test_options_override(tmp_path: Path) -> None:
    options = {'model.layers.1.width': 5, 'train_cfg.val_begin': 2, 'randomness.seed': 7, 'log_level': 'ERROR'}
    config = setup_config(write(tmp_path), options)
    assert config.model.layers[1].width == 5
    assert (config.train_cfg.max_epochs, config.train_cfg.val_begin) == (3, 2)
    assert (config.randomness.seed, config.log_level) == (7, 'ERROR')


@pytest.mark.parametrize(
    ('key', 'message'),
    [
        ('train_cgf.max_epochs', r"'train_cgf' is not in the config(.|\n)*did you mean train_cfg"),
        ('model.layrs.width', r"'layrs' is not in the config(.|\n)*did you mean layers"),
        ('teacher.train_cgf.max_epochs', r"'train_cgf' is not in the config(.|\n)*did you mean train_cfg"),
        ('model.layers.2.width', r"'2' is not in the config(.|\n)*one of 2 items"),
    ],
)
def test_an_option_that_overrides_nothing_is_an_error(tmp_path: Path, key: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        setup_config(write(tmp_path), {key: 1})


@pytest.mark.parametrize(
    ('text', 'found'),
    [
        ('model = dict(\n', 'SyntaxError'),
        ("_base_ = 'not_there.py'\n", 'not_there.py'),
        ('x = 1 / 0\n', 'ZeroDivisionError'),
        ("custom_imports = dict(imports=['no_such_plugin'])\n", 'no_such_plugin'),
    ],
)
def test_a_config_that_cannot_be_read(tmp_path: Path, text: str, found: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        setup_config(path)
    assert found in str(error.value)
    assert str(path) in str(error.value)


def test_modules_that_an_option_names_are_imported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='no_such_plugin'):
        setup_config(write(tmp_path), {'custom_imports.imports': ['no_such_plugin']})


def test_a_config_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(ConfigError, match=r'did you mean config\.py'):
        setup_config(tmp_path / 'confg.py')


def test_a_base_of_mlkd_from_anywhere(tmp_path: Path) -> None:
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = ['mlkd::_base_/default_runtime.py', 'mlkd::_base_/models/wsddn_mobilenetv1.py']\n")
    config = setup_config(path)
    assert config.models.teacher.type == 'WSDDN'
    assert '_scope_' not in str(config)
    path.write_text("_base_ = 'mlkd::_base_/default_runtme.py'\n")
    with pytest.raises(ConfigError, match='default_runtme'):
        setup_config(path)
    # Other scopes are not this one.
    path.write_text("model = dict(type='X', _scope_='mmdet', part=dict(type='Y', _scope_='mlkd'))\n")
    assert setup_config(path).model.to_dict() == {'type': 'X', '_scope_': 'mmdet', 'part': {'type': 'Y'}}


def test_an_item_of_a_list_of_words_cannot_be_overridden_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='does not fit') as caught:
        setup_config(write(tmp_path, BASE + "names = ['a', 'b']\n"), {'names.0': 'c'})
    assert caught.value.where == '--cfg-options'
