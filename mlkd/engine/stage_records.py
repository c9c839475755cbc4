"""What the trainings of a run are, where each leaves what, and which of them are done."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from mlkd.engine.auto_proposals import asks_for_proposals
from mlkd.engine.hashing import config_hash
from mlkd.engine.parts.part_results import networks_of, stage_result
from mlkd.engine.parts.recipe_partitions import RecipePartitions
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import NETWORK, RESULT, check_started, read_json, write_started
from mlkd.engine.reuse import reused_result
from mlkd.engine.stage_output import StageOutput
from mlkd.errors import ConfigError
from mlkd.fileio import checksum


class StageRecords:
    """What is written down about the trainings of a run.

    A stage is one training, whose part is ``''``, or has one for each fold or each part of the labels.

    Args:
        recipe: What is run.
        work_dir: The run's folder.
        partitions: Of the labels.
        seed: Of the run.
        amp: Its mixed precision; None: as the config has it.
        dry_run: Where not 0: of so many iterations.
    """

    def __init__(
        self, recipe: Recipe, work_dir: Path, partitions: RecipePartitions, seed: int, amp: Any, dry_run: int
    ) -> None:
        self.recipe, self.work_dir, self.partitions = recipe, work_dir, partitions
        self.seed, self.amp, self.dry_run = seed, amp, dry_run

    def folder(self, stage: str, part: str = '') -> Path:
        """Where a training leaves what it computes, or another run did from which the stage is taken over."""
        return self.recipe.reuse.get(stage, self.work_dir) / ('' if self.recipe.single else stage) / part

    def trainings(self, stage: str) -> list[str]:
        """Folders of the trainings of a stage, below its own; ``''`` where it is one."""
        if self.recipe.partitions_of(stage):
            return list(self.partitions.parts(stage))
        folds = self.recipe.folds(stage)
        return list(folds.parts()) if folds else ['']

    def needed(self, stage: str, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """Checksums of the networks of the earlier stages that a stage is made from, from their results."""
        return {
            name: {part: one['network_sha256'] for part, one in results[name].get('parts', {'': results[name]}).items()}
            for name in self.recipe.needs(stage)
        }

    def begin(self, stage: str, part: str, needed: Mapping[str, Any]) -> None:
        """Note what a training is made of, before it begins."""
        write_started(self.folder(stage, part), self._identity(stage, part), needed, self.seed)

    def check_begun(self, stages: Iterable[str]) -> None:
        """Check that what was begun in the work folder is what would be begun now.

        Raises:
            ConfigError: That names what changed.
        """
        for stage in stages:
            for part in dict.fromkeys(['', *self.trainings(stage)]):
                self._check(stage, part, {})

    def finished(self, stage: str, part: str, needed: Mapping[str, Any]) -> dict[str, Any] | None:
        """Result of a training of an earlier run; None where it has to be trained, or its network made again.

        Raises:
            ConfigError: If what was begun is not what would be begun now.
        """
        self._check(stage, part, needed)
        folder = self.folder(stage, part)
        done = read_json(folder / RESULT, ('network_sha256', 'metrics'))
        if done is None:
            return None
        network = folder / NETWORK
        if not network.is_file() or checksum(network) != done['network_sha256']:
            text = f'{network} is not what {RESULT} tells of; it is made again from the newest checkpoint.'
            print_log(text, 'current', logging.WARNING)
            return None
        print_log(f'{f"{stage}/{part}" if part else stage} is done: {folder / RESULT}', 'current')
        # What a table calls it is not what it is: of a run that is resumed, the config's name of today counts.
        return {**done, 'table_row': self.recipe.table_row(stage)}

    def done(self, stage: str, needed_by: str | None) -> dict[str, Any] | None:
        """Result of a stage that is not to be run; None where there is none.

        Args:
            stage: Its name.
            needed_by: The only stage that is to be run; None where all are.

        Raises:
            ConfigError: If it is of another config and the stage that is to be run needs it.
        """
        result = read_json(self.folder(stage) / RESULT)
        if result is None or needed_by is None or stage not in self.recipe.needs(needed_by):
            return result
        if self.recipe.partitions_of(stage) and result.get('partitions') != self.partitions.names(stage):
            what, fix = f'Stage {stage!r} was done with other partitions.', f'--stage {stage} --resume trains the rest'
            raise ConfigError(what, where=self.folder(stage), found=result.get('partitions'), fix=fix)
        for part, one in result.get('parts', {'': result}).items():
            self._check(stage, part, one['made_from'])
        return result

    def reused(self) -> dict[str, dict[str, Any]]:
        """Results of the stages that are taken over from other runs.

        Raises:
            ConfigError: If one is not done there, or is not what this run would train.
            CheckpointError: If a network is missing or not the one that was measured.
        """
        results: dict[str, dict[str, Any]] = {}
        for stage in (name for name in self.recipe.stages if name in self.recipe.reuse):
            identities = {part: self._identity(stage, part) for part in self.trainings(stage)}
            needed, folder = self.needed(stage, results), self.folder(stage)
            divided = bool(self.recipe.partitions_of(stage))
            result = reused_result(folder, identities, needed, self.seed, self.dry_run, divided)
            results[stage] = self.result_of_parts(stage, result['parts']) if divided else result
            print_log(f'{stage} is taken over from {folder}', 'current')
        return results

    def facts(self, stage: str, part: str, needed: Mapping[str, Any], processes: int) -> dict[str, Any]:
        """What is to stand in the result of a training, beside what it measures."""
        return {
            'stage': stage,
            'part': part,
            'table_row': self.recipe.table_row(stage),
            'seed': self.seed,
            'processes': processes,
            'config_hash': config_hash(self._identity(stage, part)),
            'made_from': dict(needed),
            'dry_run': self.dry_run,
        }

    def result_of_parts(self, stage: str, results: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        """The result of a stage that trains a network for each part, from those of its networks."""
        own = {name: results[name] for name in self.partitions.parts(stage)}
        result = stage_result(own, self.partitions.names(stage), self.partitions.classes[stage])
        return {**result, 'table_row': self.recipe.table_row(stage)}

    def output(self, stage: str, result: Mapping[str, Any]) -> StageOutput:
        """What later stages can refer to."""
        if 'partitions' in result:
            return StageOutput(None, metrics=result['metrics'], parts=networks_of(result, self.folder(stage)))
        folds = self.recipe.folds(stage)
        if folds is None:
            return StageOutput(str(self.folder(stage) / NETWORK), metrics=result['metrics'])
        paths = {part: str(self.folder(stage, part) / NETWORK) for part in folds.parts()}
        full = paths.pop('full', None)
        return StageOutput(full, tuple(paths.values()), result['metrics'])

    def _check(self, stage: str, part: str, needed: Mapping[str, Any]) -> None:
        check_started(self.folder(stage, part), self._identity(stage, part), needed, self.seed)

    def _identity(self, stage: str, part: str) -> dict[str, Any]:
        """What decides what a training computes, apart from the seed and the stages it needs."""
        described, folds = self.recipe.described(stage), self.recipe.folds(stage)
        # Of a part of the labels, its name says which; how they came into one part is not the network's concern.
        identity = {**described, 'part': part}
        # What says nothing is left out, not noted as None.
        if used := self.recipe.identifying(stage):
            identity['partitions'] = used
        if folds is not None:
            identity['folds'] = asdict(folds)
        if self.amp is not None:
            identity['amp'] = self.amp
        if asks_for_proposals(described):
            identity['proposals'] = (self.recipe.whole.get('proposals') or {}).get('generator')
        return identity
