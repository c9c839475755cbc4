"""Runs the stages of a recipe."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import barrier, get_world_size, is_main_process, sync_random_seed
from mmengine.logging import print_log

from mlkd.arguments import check_number
from mlkd.engine import dry_run as dry
from mlkd.engine.auto_proposals import SHARED, AutoProposals
from mlkd.engine.checkpoints import latest_whole_checkpoint
from mlkd.engine.config_check import check_recipe
from mlkd.engine.config_kinds import check_parts_together
from mlkd.engine.config_tree import set_dataset_argument
from mlkd.engine.distributed import from_rank_0, init_processes, on_rank_0
from mlkd.engine.metric_check import check_metrics
from mlkd.engine.parts.label_part import LabelPart
from mlkd.engine.parts.part_training import PartTraining
from mlkd.engine.parts.recipe_partitions import RecipePartitions
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import RESULT, aggregate, read_json
from mlkd.engine.run_summary import run_summary, write_run
from mlkd.engine.stage import run_stage
from mlkd.engine.stage_config import runner_config
from mlkd.engine.stage_output import StageOutput
from mlkd.engine.stage_records import StageRecords
from mlkd.engine.term_check import check_terms
from mlkd.engine.work_dir import RUN, check_run, claim, recorded_folders
from mlkd.errors import ConfigError
from mlkd.fileio import write_json
from mlkd.models.utils import allow_missing_weights
from mlkd.registry import RUNNERS


@RUNNERS.register_module()
class RecipeRunner:
    """Trains the stages of a recipe one after the other, each with a runner of MMEngine.

    A stage that is done (its ``result.json`` is there) is not trained again when a run is resumed; nor is one that
    ``reuse`` takes over from another run.

    Args:
        config: The whole config, with ``work_dir``, ``launcher`` and ``resume`` as MMEngine has them.
        stage: Run this stage only; the ones it needs must be done.
        overwrite: Move what an earlier run left aside, and begin anew.
        dry_run: Where not 0: so many iterations of everything, in ``WORK_DIR/dry_run``.
    """

    def __init__(self, config: Config, *, stage: str | None = None, overwrite: bool = False, dry_run: int = 0) -> None:
        self.recipe = Recipe(config)
        check_recipe(self.recipe)
        check_terms(self.recipe)
        merged = {'' if self.recipe.single else name: self.recipe.merged(name) for name in self.recipe.stages}
        check_metrics(merged)
        for name, whole in merged.items():
            check_parts_together(whole, name)
        if stage is not None and self.recipe.checked_stage(stage) in self.recipe.reuse:
            raise ConfigError(
                'The stage is taken over from another run.', where='--stage', found=stage, fix='leave it out of reuse'
            )
        self.config, self.only, self.dry_run = config, stage, dry_run
        self.launcher = config.get('launcher', 'none')
        self.work_dir = Path(config.work_dir).resolve() / ('dry_run' if dry_run else '')
        self.resume = bool(config.get('resume', False)) and not dry_run
        self.overwrite = overwrite

    @classmethod
    def from_cfg(cls, cfg: Config) -> RecipeRunner:
        """As MMEngine's runners are built from a config."""
        return cls(cfg)

    def train(self) -> dict[str, Any]:
        """Run the stages that are not done.

        Returns:
            What ``summary.json`` holds.
        """
        allow_missing_weights(bool(self.dry_run))
        init_processes(self.launcher, (self.config.get('env_cfg') or {}).get('dist_cfg'))
        self._claim_work_dir()
        self.seed = self._seed()
        # Before anything is trained or written, so that what is wrong is known now.
        divided = [*self._stages_to_run(), *self.recipe.reuse, *(self.recipe.needs(self.only) if self.only else ())]
        self.partitions = RecipePartitions(self.recipe, divided, self.work_dir, self.seed)
        self.records = StageRecords(
            self.recipe, self.work_dir, self.partitions, self.seed, self.config.get('amp'), self.dry_run
        )
        if self.resume:
            self.records.check_begun(self._stages_to_run())
        reused = self.records.reused()
        self._begin()
        self._make_proposals()
        outputs: dict[str, StageOutput] = {}
        results: dict[str, dict] = {}
        for name in self.recipe.stages:
            if name in self._stages_to_run():
                print_log(f'Stage {name}', 'current')
                result: dict | None = self._run(name, outputs, results)
            else:
                result = reused.get(name) or self.records.done(name, self.only)
            if result is not None:
                results[name], outputs[name] = result, self.records.output(name, result)
        summary = run_summary(self.recipe, self.seed, self.partitions, results)
        if is_main_process():
            write_run(self.recipe, self.work_dir, summary, outputs)
            if self.dry_run:
                dry.print_table(dry.estimates(self.recipe, self._stages_to_run(), results), self.dry_run)
        barrier()
        return summary

    def _make_proposals(self) -> None:
        """Make all proposals before the first stage, so that nothing stops for them later."""
        folder = self.work_dir / 'proposals' if self.dry_run else SHARED
        self.proposals = AutoProposals(self.recipe.whole.get('proposals'), folder, self.dry_run)
        for name in self.recipe.stages:
            if name in self._stages_to_run():
                self.proposals.fill(self.recipe.merged(name))

    def _run(self, stage: str, outputs: Mapping[str, StageOutput], results: Mapping[str, dict]) -> dict[str, Any]:
        """Result of a stage, trained now or before."""
        resolved = self.recipe.resolve(stage, outputs)
        needed = self.records.needed(stage, results)
        folds = self.recipe.folds(stage)
        if self.recipe.partitions_of(stage):
            return self._run_parts(stage, resolved, needed)
        if folds is None:
            return self._run_part(stage, '', resolved, needed)
        if is_main_process():
            self.records.begin(stage, '', needed)
        parts = {}
        for part, argument in folds.parts().items():
            config = Config(resolved).to_dict()
            set_dataset_argument(config['train_dataloader'], 'folds', argument)
            parts[part] = self._run_part(stage, part, config, needed)
        result = aggregate(parts)
        result['table_row'] = self.recipe.table_row(stage)
        if is_main_process():
            write_json(self.records.folder(stage) / RESULT, result)
        return result

    def _run_parts(self, stage: str, resolved: dict[str, Any], needed: Mapping[str, Any]) -> dict[str, Any]:
        """Result of a stage with a network for each part of its partitions; those that are done are not trained."""
        parts = self.partitions.parts(stage)
        results = {name: self.records.finished(stage, name, needed) for name in parts} if self.resume else {}
        done = {name: result for name, result in results.items() if result is not None}
        if self.dry_run:
            dry.limit_batches(resolved, self.dry_run)
        self.proposals.fill(resolved)
        training = PartTraining(
            stage,
            self.records.folder(stage),
            resolved,
            self.partitions.classes[stage],
            self.seed,
            self.recipe.together(stage),
            self.config.get('amp'),
            self.recipe.filename,
        )

        def begin(part: LabelPart) -> dict[str, Any]:
            self.records.begin(stage, part.name, needed)
            return self.records.facts(stage, part.name, needed, processes=1)

        done |= training.run([part for name, part in parts.items() if name not in done], begin)
        result = self.records.result_of_parts(stage, done)
        if is_main_process():
            write_json(self.records.folder(stage) / RESULT, result)
        return result

    def _run_part(self, stage: str, part: str, resolved: dict[str, Any], needed: Mapping[str, Any]) -> dict[str, Any]:
        """Result of one training, trained now or before."""
        folder = self.records.folder(stage, part)
        name = f'{stage}/{part}' if part else stage
        checkpoint = None
        if self.resume:
            if (done := self.records.finished(stage, part, needed)) is not None:
                return done
            checkpoint = on_rank_0(latest_whole_checkpoint(folder) if is_main_process() else None)
        if is_main_process():
            self.records.begin(stage, part, needed)
        if self.dry_run:
            dry.limit_batches(resolved, self.dry_run)
        self.proposals.fill(resolved)
        config = runner_config(
            resolved,
            folder,
            name,
            seed=self.seed,
            launcher=self.launcher,
            resume_from=checkpoint,
            amp=self.config.get('amp'),
            filename=self.recipe.filename,
        )
        return run_stage(config, folder, self.records.facts(stage, part, needed, get_world_size()))

    def _stages_to_run(self) -> list[str]:
        """All, or the one that was asked for; in a dry run with those that it needs. Never those taken over."""
        wanted = list(self.recipe.stages) if self.only is None else [self.only]
        for name in wanted if self.dry_run else ():
            wanted += [needed for needed in self.recipe.needs(name) if needed not in wanted]
        return [name for name in self.recipe.stages if name in wanted and name not in self.recipe.reuse]

    def _claim_work_dir(self) -> None:
        """Refuse to write over another run; clear what an earlier dry run left."""

        def claim_it() -> None:
            if self.dry_run:
                shutil.rmtree(self.work_dir, ignore_errors=True)
            folders = [''] if self.recipe.single else self._stages_to_run()
            if self.overwrite and self.only is None:
                folders = list(dict.fromkeys([*folders, *recorded_folders(self.work_dir)]))
            claim(self.work_dir, folders, resume=self.resume, overwrite=self.overwrite)
            check_run(self.work_dir, self._run_facts())
            self.work_dir.mkdir(parents=True, exist_ok=True)

        from_rank_0(claim_it)

    def _run_facts(self) -> dict[str, Any]:
        """What the work folder is the folder of."""
        stages = [] if self.recipe.single else list(self.recipe.stages)
        return {'config': self.recipe.name, 'stages': stages, 'student_stage': self.recipe.student_stage}

    def _begin(self) -> None:
        """Note what the work folder is the folder of."""
        if is_main_process():
            write_json(self.work_dir / RUN, {**self._run_facts(), 'seed': self.seed})
            self.partitions.write()
            if not self.recipe.single:
                self.config.dump(self.work_dir / (self.recipe.name or 'config.py'))

    def _seed(self) -> int:
        """The config's seed; without one a random number, the same when the run is resumed."""
        seed = (self.config.get('randomness') or {}).get('seed')
        if seed is not None:
            # What NumPy takes.
            check_number('randomness.seed', seed, 0, 2**32 - 1, whole=True)
            return int(seed)
        kept = on_rank_0(read_json(self.work_dir / RUN, ('seed',)) if self.resume or self.only else None)
        return kept['seed'] if kept else sync_random_seed()
