"""What a finished run leaves: ``summary.json`` and the student."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlkd.engine.environment import git_commit, machine, versions
from mlkd.engine.hashing import config_hash, recipe_hash
from mlkd.engine.parts.recipe_partitions import RecipePartitions
from mlkd.engine.publishing import publish_student
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import SUMMARY
from mlkd.engine.stage_output import StageOutput
from mlkd.engine.work_dir import STUDENT
from mlkd.fileio import atomic_write, write_json


def run_summary(
    recipe: Recipe, seed: int, partitions: RecipePartitions, results: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Content of ``summary.json``: the results of all stages, and what the run was made with.

    Args:
        recipe: What was run.
        seed: Of the run.
        partitions: Of the labels.
        results: By stage, see :func:`.run_stage`.
    """
    return {
        'config': recipe.name,
        'config_hash': recipe_hash(recipe.whole),
        'data_checksum': config_hash([result['data'] for result in results.values()]),
        'seed': seed,
        'versions': versions(),
        'git_commit': git_commit(),
        'machine': machine(),
        'command': shlex.join(sys.argv),
        'table_row': recipe.whole.get('table_row'),
        'student_stage': recipe.student_stage,
        'partitions': partitions.summary(),
        'reused': {stage: str(folder) for stage, folder in recipe.reuse.items()},
        'stages': dict(results),
    }


def write_run(recipe: Recipe, work_dir: Path, summary: Mapping[str, Any], outputs: Mapping[str, StageOutput]) -> None:
    """Leave the student, alone and as it is published, and the summary.

    Args:
        recipe: What was run.
        work_dir: The run's folder.
        summary: See :func:`run_summary`.
        outputs: Of the stages that are done.
    """
    student = outputs.get(recipe.student_stage)
    if student is not None and student.checkpoint is not None:
        with atomic_write(work_dir / STUDENT, 'wb') as target, open(student.checkpoint, 'rb') as source:
            shutil.copyfileobj(source, target)
    write_json(work_dir / SUMMARY, summary)
    if student is not None and student.checkpoint is not None:
        publish_student(recipe, Path(student.checkpoint).parent, summary, work_dir)
