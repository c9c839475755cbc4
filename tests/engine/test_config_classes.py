from __future__ import annotations

import pytest
from mmengine.hooks import LoggerHook

from mlkd.distillers import Distiller
from mlkd.engine.config_classes import accepted_arguments, check_arguments, find_anywhere, registered
from mlkd.errors import ConfigError
from mlkd.registry import HOOKS, MODELS


def test_names_are_those_of_the_scope_and_of_all_above_it() -> None:
    names = list(registered(MODELS))
    assert {'Distiller', 'BaseDataPreprocessor'} <= set(names)
    assert 'LoggerHook' not in names
    assert 'LoggerHook' in registered(HOOKS)


def test_classes_are_found_in_any_registry() -> None:
    assert find_anywhere('Distiller') is Distiller
    assert find_anywhere('LoggerHook') is LoggerHook
    assert find_anywhere('NoSuchClass') is None


def test_arguments_behind_kwargs_are_those_of_the_bases() -> None:
    class Base:
        def __init__(self, a: int) -> None: ...

    class Narrow(Base):
        def __init__(self, b: int, **kwargs: int) -> None: ...

    class Open:
        def __init__(self, **kwargs: int) -> None: ...

    assert accepted_arguments(Narrow) == {'a', 'b'}
    assert accepted_arguments(Open) is None
    assert 'interval' in accepted_arguments(LoggerHook)


def test_what_a_class_does_not_take_is_named() -> None:
    # What MMEngine takes out before it calls the class is left to it.
    check_arguments(LoggerHook, {'type': 'LoggerHook', 'interval': 3, 'priority': 'LOW'}, 'hooks.0')
    with pytest.raises(ConfigError, match=r'LoggerHook takes no argument .intervall') as caught:
        check_arguments(LoggerHook, {'type': 'LoggerHook', 'intervall': 3}, 'hooks.0')
    assert (caught.value.where, caught.value.fix) == (
        'hooks.0.intervall',
        'did you mean interval or interval_exp_name?',
    )
    check_arguments(dict, {'anything': 1}, 'where')
