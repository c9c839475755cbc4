"""The recipe: several trainings in one config, each starting from what the ones before it left.

Pure functions on configs; :mod:`mlkd.engine.recipe_runner` runs what they say.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mlkd.engine.config_keys import RUNNER_KEYS, STAGE_KEYS
from mlkd.engine.config_tree import is_distiller, set_dataset_argument
from mlkd.engine.recipe_check import (
    check_parts,
    check_references,
    check_table_row,
    check_together,
    stage_dict,
    stage_names,
    taken_over,
)
from mlkd.engine.references import Reference, References, folds_used, references_in
from mlkd.engine.stage_output import Folds, StageOutput
from mlkd.errors import ConfigError, unknown_name

#: Name of the only stage of a config without ``stages``.
SINGLE = 'train'


class Recipe:
    """The stages of a config.

    Args:
        config: The whole config. Without ``stages`` it is one training, a stage named ``'train'``.

    Raises:
        ConfigError: If a stage is not defined, a reference leads nowhere or to a later stage, or a key is misspelt.
    """

    def __init__(self, config: Config | Mapping[str, Any]) -> None:
        whole = config.to_dict() if isinstance(config, Config) else copy.deepcopy(dict(config))
        self.filename = config.filename if isinstance(config, Config) else None
        self.single = whole.get('stages') is None
        self.stages = (SINGLE,) if self.single else stage_names(whole['stages'])
        check_table_row(whole.get('table_row'), 'table_row')
        self.models: dict[str, Any] = whole.get('models') or {}
        self.partitions: dict[str, Any] = whole.get('partitions') or {}
        self._dicts = {SINGLE: {}} if self.single else {name: stage_dict(whole, name) for name in self.stages}
        self.whole = whole
        # Other names are variables of the config file, or stages that are not run.
        self.base = {key: value for key, value in whole.items() if key in RUNNER_KEYS}
        named = whole.get('student_stage') or ('student' if 'student' in self.stages else self.stages[-1])
        self.student_stage = self.checked_stage(named, 'student_stage')
        trained_by = {name: [s for s in self.stages if name in self.partitions_of(s)] for name in self.partitions}
        self._lead = References(self.stages, self.models, trained_by)
        for name, own in self._dicts.items():
            self.folds(name)
            check_together(self.together(name), f'{name}.together' if 'together' in own else 'together')
            if own.get('parts') is not None:
                check_parts(name, own, self.described(name), self.partitions)
            check_references(name, self.stages, self.references(name), self._lead)
        #: Work folders of the runs that stages are taken over from, by stage.
        self.reuse = taken_over(whole.get('reuse') or {}, () if self.single else self.stages, self.needs)

    @property
    def name(self) -> str | None:
        """Name of the config's file; None where there is no file."""
        return Path(self.filename).name if self.filename else None

    def checked_stage(self, name: str | None, where: str = '--stage') -> str:
        """``name`` of a stage, as a person gave it at ``where``; without one, the student's.

        Raises:
            ConfigError: If there is no such stage.
        """
        if name is None:
            return self.student_stage
        if name not in self.stages:
            raise unknown_name(f'There is no stage {name!r}.', where, name, self.stages)
        return name

    def folds(self, stage: str) -> Folds | None:
        """How ``stage`` is divided into folds; None where it is one training."""
        value = self._dicts[stage].get('folds')
        return None if value is None else Folds.of(value, f'{stage}.folds')

    def partitions_of(self, stage: str) -> tuple[str, ...]:
        """Names of the partitions for whose parts ``stage`` trains a network each; none where it is one training."""
        value = self._dicts[stage].get('parts')
        return (value,) if isinstance(value, str) else tuple(value or ())

    def together(self, stage: str) -> int | None:
        """How many networks of ``stage`` a process trains at a time at most; None: all that it has."""
        return self.of_stage(stage, 'together')

    def identifying(self, stage: str) -> dict[str, Any]:
        """Of the partitions whose networks ``stage`` uses, how they are made."""
        used = {reference.rest for reference in self.references(stage) if reference.kind == 'parts'}
        return {name: self.partitions[name] for name in sorted(used)}

    def table_row(self, stage: str) -> str | None:
        """How a table is to name what ``stage`` left, where its dict says so."""
        return self._dicts[stage].get('table_row')

    def of_stage(self, stage: str, key: str) -> Any:
        """A key that is not for the runner, from the dict of ``stage`` or else from the top; None without."""
        return self._dicts[stage].get(key, self.whole.get(key))

    def merged(self, stage: str) -> dict[str, Any]:
        """The config of ``stage`` before references are resolved: its dict merged over everything else."""
        config = Config(copy.deepcopy(self.base))
        own = {key: value for key, value in copy.deepcopy(self._dicts[stage]).items() if key not in STAGE_KEYS}
        try:
            config.merge_from_dict(own)
        except (TypeError, KeyError) as error:
            raise ConfigError(
                'The stage cannot be merged over the rest of the config.',
                where=stage,
                found=str(error).strip('"\''),
                fix='put _delete_=True into the dict that is to replace another, not to be merged with it',
            ) from error
        return config.to_dict()

    def described(self, stage: str) -> dict[str, Any]:
        """The config of ``stage`` with the models that it names; references to stages are left."""
        return self._lead.with_models(self.merged(stage), stage)

    def references(self, stage: str) -> list[Reference]:
        """What of a stage stands for earlier ones, models filled in."""
        return references_in(self.described(stage), stage)

    def needs(self, stage: str) -> list[str]:
        """Names of the earlier stages that ``stage`` refers to, in order."""
        named = {self._lead.stage_of(reference) for reference in self.references(stage)}
        return [name for name in self.stages if name in named]

    def resolve(self, stage: str, outputs: Mapping[str, StageOutput]) -> dict[str, Any]:
        """The plain MMEngine config of a stage.

        Args:
            stage: Its name.
            outputs: What the stages left that it refers to.

        Returns:
            A dict in which no reference is left. Its training set carries ``folds=dict(n=...)`` where a teacher was
            trained out of fold.

        Raises:
            ConfigError: If it refers to a metric that was not measured or to a single network of a stage with folds.
        """
        folds = folds_used(self.references(stage), outputs)
        if len(folds) > 1:
            raise ConfigError('A stage uses stages of different folds.', where=stage, found=sorted(folds))
        config = self._lead.resolved(self.described(stage), stage, outputs)
        if folds:
            set_dataset_argument(config.get('train_dataloader'), 'folds', {'n': folds.pop()}, default=True)
        return config

    def network_config(self, stage: str) -> dict[str, Any]:
        """The config to test the network that ``stage`` left, alone: of a distiller, the student.

        What is needed for training only is left out, and with it all references to other stages.
        """
        config = self.described(stage)
        if config.get('test_dataloader') is None:
            config.update({f'test_{part}': config.get(f'val_{part}') for part in ('dataloader', 'cfg', 'evaluator')})
        for key in [k for k in config if k.startswith(('train_', 'val_'))] + ['optim_wrapper', 'param_scheduler']:
            config.pop(key, None)
        for key in ('load_from', 'resume', 'strategy', 'custom_hooks', 'auto_scale_lr'):
            config.pop(key, None)
        model = config.get('model', {})
        if is_distiller(model):
            config['model'] = model['student']
            config.pop('data_preprocessor', None)
        return config
