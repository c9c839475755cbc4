"""The recipe: several trainings in one config, each starting from what the ones before it left.

Pure functions on configs; :mod:`mlkd.engine.recipe_runner` runs what they say.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mlkd.engine.config_keys import RUNNER_KEYS, STAGE_KEYS
from mlkd.engine.config_tree import is_distiller, map_strings, set_dataset_argument, walk
from mlkd.errors import ConfigError, did_you_mean

#: Name of the only stage of a config without ``stages``.
SINGLE = 'train'
_REFERENCE = re.compile(r'(model|stage|parts):(.+)', re.DOTALL)


@dataclass(frozen=True)
class StageOutput:
    """What a stage left.

    Attributes:
        checkpoint: Path of the network that was trained on all images; None where folds alone were trained.
        fold_checkpoints: One path per fold, empty without folds.
        metrics: What was measured on the test set.
        parts: By partition, for each of its parts ``dict(labels=..., checkpoint=...)``.
    """

    checkpoint: str | None
    fold_checkpoints: tuple[str, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Folds:
    """Out-of-fold training of a stage: ``n`` networks, each trained without one n-th of the images.

    Attributes:
        n: Number of folds.
        full: Whether one more network is trained on all images; its metrics are then the stage's.
    """

    n: int
    full: bool = False

    def parts(self) -> dict[str, dict]:
        """Folder of each training and the ``folds`` argument of its training set."""
        parts: dict[str, dict] = {f'fold{i}': {'n': self.n, 'held_out': i} for i in range(self.n)}
        return {**parts, 'full': {'n': self.n}} if self.full else parts


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
        stages = [SINGLE] if self.single else whole['stages']
        if not isinstance(stages, (list, tuple)) or not stages or not all(isinstance(s, str) for s in stages):
            raise ConfigError('stages is no list of names.', where='stages', found=stages, expected="['teacher', ...]")
        self.stages: tuple[str, ...] = tuple(stages)
        if len(set(stages)) < len(stages):
            raise ConfigError('A stage is named twice.', where='stages', found=list(stages), expected='distinct names')
        self.models: dict[str, Any] = whole.get('models') or {}
        self.partitions: dict[str, Any] = whole.get('partitions') or {}
        self._dicts = {SINGLE: {}} if self.single else {name: _stage_dict(whole, name) for name in self.stages}
        self.whole = whole
        # Other names are variables of the config file, or stages that are not run.
        self.base = {key: value for key, value in whole.items() if key in RUNNER_KEYS}
        self.student_stage = self._student_stage(whole.get('student_stage'))
        for name in self.stages:
            self._check_divided(name)
            self._check_references(name)
        #: Work folders of the runs that stages are taken over from, by stage.
        self.reuse = self._reuse(whole.get('reuse') or {})

    @property
    def name(self) -> str | None:
        """Name of the config's file; None where there is no file."""
        return Path(self.filename).name if self.filename else None

    def _student_stage(self, named: str | None) -> str:
        if named is None:
            return 'student' if 'student' in self.stages else self.stages[-1]
        if named not in self.stages:
            raise _unknown('student_stage names no stage.', 'student_stage', named, self.stages)
        return named

    def _reuse(self, named: Any) -> dict[str, Path]:
        if not isinstance(named, Mapping):
            raise ConfigError(
                'reuse is no dict.', where='reuse', found=named, expected="dict(teacher='work_dirs/ANOTHER_RUN')"
            )
        for stage in named:
            if self.single or stage not in self.stages:
                raise _unknown('reuse names no stage.', 'reuse', stage, () if self.single else self.stages)
            anew = [name for name in self.needs(stage) if name not in named]
            if anew:
                raise ConfigError(
                    f'Stage {stage!r} is to be taken over, but not what it was made from.',
                    where='reuse',
                    found=list(named),
                    fix=f'name {", ".join(anew)} too, of the same run',
                )
        return {stage: Path(folder).resolve() for stage, folder in named.items()}

    def folds(self, stage: str) -> Folds | None:
        """How ``stage`` is divided into folds; None where it is one training."""
        value = self._dicts[stage].get('folds')
        if value is None:
            return None
        arguments = dict(value) if isinstance(value, Mapping) else {'n': value}
        n, full = arguments.pop('n', None), arguments.pop('full', False)
        if arguments or not isinstance(n, int) or isinstance(n, bool) or n < 2:
            raise ConfigError(
                'folds is not understood.', where=f'{stage}.folds', found=value, expected='5 or dict(n=5, full=True)'
            )
        return Folds(n, bool(full))

    def partitions_of(self, stage: str) -> tuple[str, ...]:
        """Names of the partitions for whose parts ``stage`` trains a network each; none where it is one training."""
        value = self._dicts[stage].get('parts')
        return (value,) if isinstance(value, str) else tuple(value or ())

    def together(self, stage: str) -> int | None:
        """How many networks of ``stage`` a process trains at a time at most; None: all that it has."""
        return self.of_stage(stage, 'together')

    def identifying(self, stage: str) -> dict[str, Any]:
        """Of the partitions whose networks ``stage`` uses, how they are made."""
        used = {rest for _, kind, rest in self.references(stage) if kind == 'parts'}
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
        return self._with_models(self.merged(stage), stage)

    def references(self, stage: str) -> list[tuple[str, str, str]]:
        """``(key path, kind, rest)`` of each ``stage:`` and ``parts:`` string of a stage, models resolved."""
        found = [
            (where, *match.groups())
            for where, value in walk(self.described(stage), stage)
            if isinstance(value, str) and (match := _REFERENCE.fullmatch(value))
        ]
        return [(where, kind, rest) for where, kind, rest in found if kind != 'model']

    def needs(self, stage: str) -> list[str]:
        """Names of the earlier stages that ``stage`` refers to, in order."""
        named = {self._referred(where, kind, rest) for where, kind, rest in self.references(stage)}
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
        used = [(where, rest) for where, kind, rest in self.references(stage) if kind == 'stage']
        folds = {self._folds_used(where, rest, outputs) for where, rest in used} - {None}
        if len(folds) > 1:
            raise ConfigError('A stage uses stages of different folds.', where=stage, found=sorted(folds, key=str))

        def replace(value: str, where: str) -> Any:
            match = _REFERENCE.fullmatch(value)
            if match is None:
                return value
            find = self._networks if match[1] == 'parts' else self._output
            return find(where, match[2], outputs)

        config = map_strings(self.described(stage), replace, stage)
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

    def _with_models(self, value: Any, where: str, seen: tuple[str, ...] = ()) -> Any:
        """``value`` with each ``model:NAME`` in it replaced by a copy of that model."""

        def replace(text: str, place: str) -> Any:
            match = _REFERENCE.fullmatch(text)
            if match is None or match[1] != 'model':
                return text
            name = match[2]
            if name not in self.models:
                raise _unknown(f'There is no model {name!r}.', place, text, self.models, 'the names in models')
            if name in seen:
                raise ConfigError('Models refer to each other in a circle.', where=place, found=' -> '.join(seen))
            return self._with_models(self.models[name], f'models.{name}', (*seen, name))

        return map_strings(value, replace, where)

    def _check_references(self, stage: str) -> None:
        earlier = self.stages[: self.stages.index(stage)]
        for where, kind, rest in self.references(stage):
            name = self._referred(where, kind, rest)
            if name not in self.stages:
                raise _unknown(f'There is no stage {name!r}.', where, f'stage:{rest}', self.stages, 'a name in stages')
            if name not in earlier:
                raise ConfigError(
                    f'Stage {stage!r} refers to {"itself" if name == stage else "a later stage"}.',
                    where=where,
                    found=f'{kind}:{rest}',
                    expected=f'one of {list(earlier)}' if earlier else 'no stage: this is the first',
                    fix='change the order of stages',
                )

    def _check_divided(self, stage: str) -> None:
        """Check ``folds``, ``parts`` and ``together`` of a stage."""
        folds, parts, together = self.folds(stage), self._dicts[stage].get('parts'), self.together(stage)
        where = f'{stage}.parts'
        if together is not None and (not isinstance(together, int) or isinstance(together, bool) or together < 1):
            place = f'{stage}.together' if 'together' in self._dicts[stage] else 'together'
            raise ConfigError('together is no number of networks.', where=place, found=together, expected='1 or more')
        if parts is None:
            return
        if not parts or not isinstance(parts, (str, list, tuple)) or not all(isinstance(name, str) for name in parts):
            expected = "'cgp' or ['cgp', 'dgp']"
            raise ConfigError('parts names no partition.', where=where, found=parts, expected=expected)
        for name in self.partitions_of(stage):
            if name not in self.partitions:
                raise _unknown('There is no such partition.', where, name, self.partitions, 'a name in partitions')
        merged = self.described(stage)
        wrong = {
            'folds': folds is not None,
            'load_from': merged.get('load_from') is not None,
            'strategy': merged.get('strategy') is not None,
            'model': is_distiller(merged.get('model')),
        }
        for key in (key for key, found in wrong.items() if found):
            raise ConfigError(
                f'A stage that trains a network for each part cannot have {"a distiller" if key == "model" else key}.',
                where=f'{stage}.{key}',
                fix='its networks are plain ones, trained on all images from their own weights (init_cfg)',
            )

    def _referred(self, where: str, kind: str, rest: str) -> str:
        """The stage that a reference leads to."""
        if kind == 'stage':
            return rest.partition(':')[0]
        if rest not in self.partitions:
            raise _unknown('There is no such partition.', where, f'parts:{rest}', self.partitions, 'in partitions')
        training = [stage for stage in self.stages if rest in self.partitions_of(stage)]
        if len(training) != 1:
            raise ConfigError(
                f'{"No stage trains" if not training else "More than one stage trains"} networks for its parts.',
                where=where,
                found=f'parts:{rest}' + (f', trained by {", ".join(training)}' if training else ''),
                fix=f'give a stage parts={rest!r}'
                if not training
                else 'give the partition another name for each of them; it may be made in the same way',
            )
        return training[0]

    def _networks(self, where: str, rest: str, outputs: Mapping[str, StageOutput]) -> list[dict[str, Any]]:
        """Labels and checkpoints of the networks for the parts of a partition."""
        name = self._referred(where, 'parts', rest)
        if name not in outputs:
            raise _not_done(name, where, f'parts:{rest}')
        return copy.deepcopy(outputs[name].parts[rest])

    def _output(self, where: str, rest: str, outputs: Mapping[str, StageOutput]) -> Any:
        name, _, metric = rest.partition(':')
        if name not in outputs:
            raise _not_done(name, where, f'stage:{rest}')
        output = outputs[name]
        if metric:
            if metric not in output.metrics:
                what = f'Stage {name!r} did not measure {metric!r}.'
                raise _unknown(what, where, f'stage:{rest}', output.metrics, 'one of its metrics')
            return output.metrics[metric]
        if output.fold_checkpoints and not where.endswith('load_from'):
            return list(output.fold_checkpoints)
        if output.parts:
            raise ConfigError(
                f'Stage {name!r} left one network per part, and none that knows all labels.',
                where=where,
                found=f'stage:{rest}',
                fix=f"name them by their partition: 'parts:{next(iter(output.parts))}'",
            )
        if output.checkpoint is None:
            raise ConfigError(
                f'Stage {name!r} left one network per fold, and none that was trained on all images.',
                where=where,
                found=f'stage:{rest}',
                fix=f'set folds=dict(n=..., full=True) in {name}',
            )
        return output.checkpoint

    def _folds_used(self, where: str, rest: str, outputs: Mapping[str, StageOutput]) -> int | None:
        """Number of folds of the networks that a reference stands for."""
        name, _, metric = rest.partition(':')
        if metric or name not in outputs or where.endswith('load_from'):
            return None
        return len(outputs[name].fold_checkpoints) or None


def _stage_dict(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    if name not in whole:
        near = [key for key, value in whole.items() if isinstance(value, Mapping)]
        raise _unknown(f'Stage {name!r} is not defined.', 'stages', name, near, f'a top-level dict {name} = dict(...)')
    if not isinstance(whole[name], Mapping):
        found = type(whole[name]).__name__
        raise ConfigError(f'Stage {name!r} is no dict.', where=name, found=found, expected=f'{name} = dict(...)')
    if ':' in name or '/' in name:
        raise ConfigError('The name of a stage has a colon or slash.', where='stages', found=name)
    return dict(whole[name])


def _not_done(stage: str, where: str, found: str) -> ConfigError:
    return ConfigError(f'Stage {stage!r} is not done yet.', where=where, found=found, fix=f'run --stage {stage} first')


def _unknown(what: str, where: str, found: str, known: Any, expected: str | None = None) -> ConfigError:
    near = did_you_mean(found.rpartition(':')[2], known)
    expected = expected or 'one of these'
    return ConfigError(what, where=where, found=found, expected=f'{expected}: {list(known)}', fix=near or None)
