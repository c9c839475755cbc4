"""Reading a config file and applying what the command line says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from mlkd.apis.key_values import KeyValues
from mlkd.engine.config_keys import KNOWN_KEYS
from mlkd.errors import ConfigError, did_you_mean, near_file
from mlkd.models.utils import add_weight_folder
from mlkd.registry import SCOPE


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of a tool that is called with a config."""
    parser.add_argument('config', help='config file')
    add_override_arguments(parser)


def add_override_arguments(parser: argparse.ArgumentParser) -> None:
    """What changes a config, whichever way a tool is given one."""
    add_options_argument(parser)
    parser.add_argument('--data-root', metavar='DIR', help='points every data set of the config to this folder')


def add_options_argument(parser: argparse.ArgumentParser) -> None:
    """``--cfg-options`` alone, for tools that read no data set of the config."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=KeyValues,
        metavar='KEY=VALUE',
        help='override keys of the config: model.backbone.depth=50 (in a recipe STAGE.KEY=VALUE); lists, dicts and '
        'quoted texts as in Python',
    )


def setup_config(path: str | Path, options: Mapping[str, Any] | None = None, data_root: str | None = None) -> Config:
    """Read a config file.

    Args:
        path: Python, YAML or JSON file.
        options: Values by dotted key (``--cfg-options``).
        data_root: Folder of the data, for all data sets (``--data-root``).

    Raises:
        ConfigError: If the file or a base of it is missing or wrong, or an option overrides nothing.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError('There is no such config file.', where=path, fix=near_file(path))
    with _explained(path):
        # MMEngine executes the file: anything may come out of it.
        config = Config.fromfile(str(path), import_custom_modules=False)
    _drop_own_scope(config._cfg_dict)
    _apply(config, dict(options or {}), path)
    if config.get('custom_imports'):
        with _explained(path):
            import_modules_from_strings(**config.custom_imports)
    if data_root is not None:
        from mlkd.datasets.roots import point_to

        point_to(config, data_root)
        for folder in (Path(data_root), Path(data_root).parent):
            add_weight_folder(folder / 'weights')
    return config


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Whatever the code of a config, or of a module that it imports, raises comes out as a ConfigError."""
    try:
        yield
    except ImportError as error:
        raise ConfigError(
            'A module that the config imports cannot be imported.',
            where=path,
            found=str(error).split('\n')[0],
            fix='install it, or put the folder that holds it into PYTHONPATH',
        ) from error
    except Exception as error:
        found = f'{type(error).__name__}: {" ".join(str(error).split())[:400]}'
        raise ConfigError('The config cannot be read.', where=path, found=found, fix='mend what is named') from error


def _drop_own_scope(node: Any) -> None:
    """Take out what MMEngine notes in what comes from a base ``mlkd::...``: this is the scope of every config here."""
    if isinstance(node, dict):
        if node.get('_scope_') == SCOPE:
            del node['_scope_']
        node = list(node.values())
    for item in node if isinstance(node, (list, tuple)) else ():
        _drop_own_scope(item)


def _apply(config: Config, options: dict[str, Any], path: Path) -> None:
    """Override values; a key whose parent is not there would be silently new."""
    for key in options:
        parts = key.split('.')
        # In the dict of a stage, a key may override what stands outside of it.
        in_stage = parts[0] in (config.get('stages') or ()) and len(parts) > 1
        node: Any = {**config, **config[parts[0]]} if in_stage and parts[0] in config else config
        parts = parts[1:] if in_stage else parts
        for depth, part in enumerate(parts):
            if isinstance(node, (list, tuple)):
                names, known = [str(index) for index in range(len(node))], part.isdigit() and int(part) < len(node)
            elif isinstance(node, (Config, Mapping)):
                names = [*node.keys(), *(KNOWN_KEYS if depth == 0 else ())]
                known = part in names or (0 < depth == len(parts) - 1)
            else:
                break
            if not known:
                expected = f'one of {len(names)} items' if isinstance(node, (list, tuple)) else f'a key of {path}'
                fix = did_you_mean(part, names) or None
                where = f'--cfg-options {key}'
                raise ConfigError(f'{part!r} is not in the config.', where=where, expected=expected, fix=fix)
            if isinstance(node, (list, tuple)):
                node = node[int(part)]
            elif part in node:
                node = node[part]
            else:
                break
    try:
        config.merge_from_dict(options)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ConfigError('An option does not fit.', where='--cfg-options', found=str(error)) from error
