"""Words at the top of a config, which are MMEngine's or a recipe's."""

from __future__ import annotations

import inspect

from mmengine.runner import FlexibleRunner, Runner

from mlkd.engine.config_keys import KNOWN_KEYS, RECIPE_KEYS, RUNNER_KEYS, STAGE_KEYS, TTA_KEYS


def test_all_that_runners_take_is_known() -> None:
    for runner in (Runner, FlexibleRunner):
        arguments = set(inspect.signature(runner.__init__).parameters) - {'self', 'cfg'}
        assert arguments <= RUNNER_KEYS
    assert {'strategy', 'auto_scale_lr', 'test_evaluator', 'custom_imports'} <= RUNNER_KEYS
    assert not {'self', 'cfg'} & KNOWN_KEYS


def test_no_word_means_two_things() -> None:
    """What a recipe says of itself or of a stage would be passed on to a runner."""
    assert not RUNNER_KEYS & {*RECIPE_KEYS, *STAGE_KEYS}
    assert set(TTA_KEYS) <= set(STAGE_KEYS)
    assert RUNNER_KEYS | {*RECIPE_KEYS, *STAGE_KEYS} == KNOWN_KEYS
