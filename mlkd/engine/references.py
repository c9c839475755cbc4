"""What strings such as ``'model:student'``, ``'stage:teacher'`` and ``'parts:cgp'`` in a config stand for."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from mlkd.engine.config_tree import map_strings, walk
from mlkd.engine.stage_output import StageOutput
from mlkd.errors import ConfigError, unknown_name

_PATTERN = re.compile(r'(model|stage|parts):(.+)', re.DOTALL)


@dataclass(frozen=True)
class Reference:
    """A string of a config that stands for something else.

    Attributes:
        where: Key path.
        kind: ``'model'``, ``'stage'`` or ``'parts'``.
        rest: What follows the colon: a name, of a stage maybe with ``:METRIC``.
    """

    where: str
    kind: str
    rest: str

    @classmethod
    def read(cls, text: str, where: str) -> Reference | None:
        """The reference that ``text`` is; None if it is a string like others."""
        match = _PATTERN.fullmatch(text)
        return match and cls(where, match[1], match[2])

    @property
    def text(self) -> str:
        """As the config has it."""
        return f'{self.kind}:{self.rest}'

    @property
    def metric(self) -> str:
        """Of ``stage:NAME:METRIC`` the last; empty where a stage's network is meant."""
        return self.rest.partition(':')[2] if self.kind == 'stage' else ''


class References:
    """Finds what the references of a recipe lead to.

    Args:
        stages: Names of all stages.
        models: Configs of models by name.
        trained_by: By partition, the stages that train a network for each of its parts.
    """

    def __init__(
        self, stages: Collection[str], models: Mapping[str, Any], trained_by: Mapping[str, Collection[str]]
    ) -> None:
        self.stages, self.models, self.trained_by = stages, models, trained_by

    def with_models(self, value: Any, where: str, seen: tuple[str, ...] = ()) -> Any:
        """A copy of ``value`` with each ``model:NAME`` in it replaced by a copy of that model.

        Raises:
            ConfigError: If there is no such model, or models refer to each other in a circle.
        """

        def replace(text: str, place: str) -> Any:
            reference = Reference.read(text, place)
            if reference is None or reference.kind != 'model':
                return text
            name = reference.rest
            if name not in self.models:
                raise unknown_name(f'There is no model {name!r}.', place, text, self.models, 'the names in models')
            if name in seen:
                raise ConfigError('Models refer to each other in a circle.', where=place, found=' -> '.join(seen))
            return self.with_models(self.models[name], f'models.{name}', (*seen, name))

        return map_strings(value, replace, where)

    def stage_of(self, reference: Reference) -> str:
        """Name of the stage that a reference leads to.

        Raises:
            ConfigError: If there is none, or more than one.
        """
        if reference.kind == 'stage':
            name = reference.rest.partition(':')[0]
            if name not in self.stages:
                raise unknown_name(
                    f'There is no stage {name!r}.', reference.where, reference.text, self.stages, 'a name in stages'
                )
            return name
        partition, where = reference.rest, reference.where
        if partition not in self.trained_by:
            known = self.trained_by
            raise unknown_name('There is no such partition.', where, reference.text, known, 'a name in partitions')
        training = list(self.trained_by[partition])
        if len(training) != 1:
            raise ConfigError(
                f'{"More than one" if training else "No"} stage trains networks for its parts.',
                where=where,
                found=reference.text + (f', trained by {", ".join(training)}' if training else ''),
                fix='give the partition another name for each of them; it may be made in the same way'
                if training
                else f'give a stage parts={partition!r}',
            )
        return training[0]

    def resolved(self, described: Mapping[str, Any], stage: str, outputs: Mapping[str, StageOutput]) -> Any:
        """A copy of the config of ``stage``, whose models are filled in, with paths and numbers for the rest.

        Raises:
            ConfigError: If a stage is not done, did not measure the metric, or left no single network.
        """

        def replace(text: str, where: str) -> Any:
            reference = Reference.read(text, where)
            if reference is None:
                return text
            name = self.stage_of(reference)
            if name not in outputs:
                fix = f'run --stage {name} first'
                raise ConfigError(f'Stage {name!r} is not done yet.', where=where, found=text, fix=fix)
            if reference.kind == 'parts':
                return copy.deepcopy(outputs[name].parts[reference.rest])
            if reference.metric:
                return _metric(reference, name, outputs[name])
            return _networks(reference, name, outputs[name])

        return map_strings(described, replace, stage)


def references_in(described: Mapping[str, Any], stage: str) -> list[Reference]:
    """The references of a config whose models are filled in, in the order of its keys."""
    found = (Reference.read(value, where) for where, value in walk(described, stage) if isinstance(value, str))
    return [reference for reference in found if reference is not None]


def folds_used(references: Collection[Reference], outputs: Mapping[str, StageOutput]) -> set[int]:
    """Numbers of folds of the networks that references stand for."""
    networks = [r for r in references if r.kind == 'stage' and not r.metric and not _one_network(r)]
    counts = {len(outputs[r.rest].fold_checkpoints) for r in networks if r.rest in outputs}
    return counts - {0}


def _one_network(reference: Reference) -> bool:
    """Whether it can only mean the network that was trained on all images."""
    return reference.where.endswith('load_from')


def _metric(reference: Reference, stage: str, output: StageOutput) -> Any:
    if reference.metric not in output.metrics:
        what = f'Stage {stage!r} did not measure {reference.metric!r}.'
        raise unknown_name(what, reference.where, reference.text, output.metrics, 'one of its metrics')
    return output.metrics[reference.metric]


def _networks(reference: Reference, stage: str, output: StageOutput) -> str | list[str]:
    """Path of the network that a stage left, or of those of its folds."""
    where, found = reference.where, reference.text
    if output.fold_checkpoints and not _one_network(reference):
        return list(output.fold_checkpoints)
    if output.parts:
        what = f'Stage {stage!r} left one network per part, and none that knows all labels.'
        fix = f"name them by their partition: 'parts:{next(iter(output.parts))}'"
        raise ConfigError(what, where=where, found=found, fix=fix)
    if output.checkpoint is None:
        what = f'Stage {stage!r} left one network per fold, and none that was trained on all images.'
        raise ConfigError(what, where=where, found=found, fix=f'set folds=dict(n=..., full=True) in {stage}')
    return output.checkpoint
