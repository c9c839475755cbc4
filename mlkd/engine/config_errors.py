"""Turns what MMEngine raises over a config into errors that name the key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

from mlkd import errors
from mlkd.engine.config_classes import accepted_arguments, find_anywhere
from mlkd.engine.config_tree import walk
from mlkd.engine.layer_misfits import misfit
from mlkd.errors import ConfigError, MLKDError, did_you_mean

_NOT_REGISTERED = re.compile(r'(\S+) is not in the (?:\S+::)?(.+?) registry')
_NO_ARGUMENT = re.compile(r"(\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r'(\w+)(?:\.__init__)?\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)')
_ONE_VALUE = re.compile(r'Expected more than 1 value per channel when training, got input size torch\.Size\((.+)\)')
_FROM_WORKER = re.compile(r'^(?:mlkd\.errors\.)?(\w+Error): (.+)', re.DOTALL | re.MULTILINE)


@contextmanager
def translated(config: Mapping[str, Any], where: str) -> Iterator[None]:
    """Errors over a type or an argument in ``config`` come out as a :class:`~mlkd.errors.ConfigError`.

    A type or argument may be unknown, an argument may be nothing that the class can be made of, a layer may get another
    number of channels than it was made for, or batches may be too small for batch norm.

    An error that no dict of the config accounts for stays what it is: it is a fault of the code, not of the config.
    Errors of mlkd that come back from a data-loading process lose the trace that PyTorch wraps them in.

    Args:
        config: What is built meanwhile.
        where: Its name, the start of the key path.
    """
    try:
        yield
    except MLKDError as error:
        raise unwrapped(error) from error
    except (AssertionError, AttributeError, KeyError, TypeError, RuntimeError, ValueError, ArithmeticError) as error:
        better = _translate(str(error), config, where) or _unbuildable(error, config, where) or misfit(error, where)
        if better is None:
            raise
        raise better from error


@contextmanager
def below(where: str) -> Iterator[None]:
    """Key paths in errors begin with ``where``."""
    try:
        yield
    except MLKDError as error:
        if str(error.where).startswith(where):
            raise
        raise error.at(where, '.') from error


def unwrapped(error: MLKDError) -> MLKDError:
    """The error that a data-loading process raised, without PyTorch's text around it."""
    if not error.what.startswith('Caught '):
        return error
    match = _FROM_WORKER.search(error.what)
    kind = getattr(errors, match[1], MLKDError) if match else MLKDError
    return kind(match[2].rstrip()) if match else error


def _translate(message: str, config: Mapping[str, Any], where: str) -> ConfigError | None:
    dicts = [(path, value) for path, value in walk(config, where) if isinstance(value, Mapping) and 'type' in value]
    if match := _NOT_REGISTERED.search(message.strip('"\'')):
        name, kind = match[1].strip('"\'`'), match[2]
        for path, value in dicts:
            if value['type'] == name:
                fix = 'check the spelling; a class of a plug-in must be imported through custom_imports'
                return ConfigError(f'There is no {kind} of type {name!r}.', where=f'{path}.type', found=name, fix=fix)
    if match := _NO_ARGUMENT.search(message):
        name, key = match[1], match[2]
        for path, value in dicts:
            if key in value and name in (value['type'], '__init__', getattr(value['type'], '__name__', None)):
                near = did_you_mean(key, _arguments(value['type'])) or 'remove it or check the spelling'
                return ConfigError(f'{value["type"]} takes no argument {key!r}.', where=f'{path}.{key}', fix=near)
    if match := _MISSING.search(message):
        for path, value in dicts:
            if match[1] in (value['type'], '__init__') and not any(name in value for name in _quoted(match[2])):
                return ConfigError(f'{value["type"]} needs {match[2]}.', where=path, found=sorted(value))
    if match := _ONE_VALUE.search(message):
        return ConfigError(
            'Batch norm cannot train on one value per channel: a single image, whose map is a single cell.',
            where='train_dataloader',
            found=f'a map of shape {match[1]}',
            expected='at least two images in each batch, or larger maps',
            fix='set train_dataloader.drop_last=True, which leaves out a last batch that is not full, or another '
            'train_dataloader.batch_size',
        )
    return None


def _unbuildable(error: Exception, config: Mapping[str, Any], where: str) -> ConfigError | None:
    """For what was raised while a class was made of a dict of the config, by the class's own ``__init__``."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    made = [i for i, frame in enumerate(frames) if frame.f_code.co_name == 'build_from_cfg']
    # MMEngine raises the same error again further up, so that the innermost class is the last of its chain.
    if not made:
        return None
    inside = [frame.f_code.co_name for frame in frames[made[-1] + 1 :]]
    given = frames[made[-1]].f_locals.get('cfg')
    if not inside and not (isinstance(given, Mapping) and 'type' in given):
        path = next((path for path, value in walk(config, where) if value is given), where)
        what, expected = 'What is to be made is not described as it should be.', "a dict with a type: dict(type='...')"
        return ConfigError(what, where=path, found=repr(given), expected=expected)
    if inside[:1] not in (['__init__'], ['__post_init__']):
        return None
    path = next((path for path, value in walk(config, where) if _describes(value, given)), where)
    kind = given.get('type') if isinstance(given, Mapping) else None
    return ConfigError(
        f'{getattr(kind, "__name__", kind)} cannot be made of its arguments.',
        where=path,
        found=f'{type(error).__name__}: {" ".join(str(error).split())[:300]}',
        fix='see to the kinds of its values: numbers without quotes, dicts where dicts are asked for',
    )


def _describes(value: Any, given: Any) -> bool:
    """Whether a class was made of the dict ``value``, to which MMEngine adds arguments (parameters, data sets)."""
    if not isinstance(value, Mapping) or 'type' not in value or not isinstance(given, Mapping):
        return value == given
    return all(key in given and given[key] == item for key, item in value.items())


def _quoted(text: str) -> list[str]:
    return re.findall(r"'(\w+)'", text)


def _arguments(name: Any) -> set[str]:
    target = find_anywhere(name) if isinstance(name, str) else name
    return (accepted_arguments(target) if target else None) or set()
