"""Publishing the network of a stage: one file that says what it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from mlkd.checkpoint_file import load_file
from mlkd.engine.network_config import class_names, network_of, test_dataset
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import NETWORK, RESULT, jsonable, read_json
from mlkd.engine.validation_scores import ValidationScores
from mlkd.errors import CheckpointError, MLKDError
from mlkd.evaluation.functional import ThresholdRule, choose_thresholds, reliability
from mlkd.published import (
    STUDENT_FILE,
    StudentDescription,
    build_network,
    plain_model,
    plain_pipeline,
    plain_value,
    write_student,
)
from mlkd.published.plain_config import check_config
from mlkd.registry import GENERATORS, MODELS

#: What is told of a run, from its summary, and of a stage, from its result.
_OF_RUN = ('config', 'config_hash', 'seed', 'data_checksum', 'versions', 'git_commit')
_OF_STAGE = ('stage', 'metrics', 'data', 'parameters', 'network_sha256', 'dry_run')


def publish_stage(
    recipe: Recipe,
    stage: str,
    folder: Path,
    summary: Mapping[str, Any],
    out: Path,
    rule: ThresholdRule | None = None,
) -> StudentDescription:
    """Write the network that a stage left, with its description, into one file.

    Args:
        recipe: The recipe.
        stage: Whose network.
        folder: Of the training that left it.
        summary: Of the run, for the provenance.
        out: The file.
        rule: How thresholds are chosen; by default for the best F1.

    Returns:
        The description.

    Raises:
        MLKDError: If a file is missing or damaged, the config does not say what is needed, or asks for what a file
            may not hold.
    """
    tensors, scores = load_file(folder / NETWORK), ValidationScores.read(folder)
    result = read_json(folder / RESULT) or {}
    config = recipe.network_config(stage)
    model, dataset = network_of(config), test_dataset(config, stage)
    needs_proposals = bool(getattr(MODELS.get(model['type']), 'needs_proposals', False))
    names = scores.classes if scores is not None else class_names(dataset)
    description = StudentDescription(
        classes=names,
        model=plain_model(model),
        pipeline=plain_pipeline(dataset.get('pipeline') or (), needs_proposals),
        proposals=_generator(recipe) if needs_proposals else None,
        provenance=_provenance(summary, result, scores),
        **_chosen(scores, rule),
    )
    # Whoever reads the file builds it like this; what does not fit is to be known now.
    build_network(description, tensors, folder / NETWORK)
    write_student(out, tensors, description)
    return description


def publish_student(recipe: Recipe, folder: Path, summary: Mapping[str, Any], work_dir: Path) -> None:
    """Leave the student of a run that is done as ``student.safetensors``.

    What hinders that is not the training's fault: it is logged.
    """
    try:
        publish_stage(recipe, recipe.student_stage, folder, summary, work_dir / STUDENT_FILE)
    except MLKDError as error:
        text = f'{STUDENT_FILE} is not written; all else of the run is there. To try again: mlkd publish {work_dir}'
        print_log(f'{text}\n{error}', 'current', level=30)


def _chosen(scores: ValidationScores | None, rule: ThresholdRule | None) -> dict[str, Any]:
    """Thresholds and calibration, where there are scores."""
    if scores is None or not len(scores.scores):
        return {}
    chosen = choose_thresholds(scores.scores, scores.labels, rule)
    return {
        'thresholds': tuple(chosen.values.tolist()),
        'threshold_rule': str(chosen.rule),
        'calibration': reliability(scores.scores, scores.labels).to_dict(),
    }


def _generator(recipe: Recipe) -> dict[str, Any] | None:
    """The generator of the recipe's proposals; None where it needs files that are not in the network's."""
    generator = (recipe.whole.get('proposals') or {}).get('generator')
    if generator is None:
        return None
    plain = plain_value(generator)
    try:
        check_config(plain, GENERATORS, 'proposals.generator')
    except CheckpointError as error:
        text = f'The published network does not make its proposals itself: {error.what} ({error.where})'
        print_log(text, 'current', level=30)
        return None
    return plain


def _provenance(
    summary: Mapping[str, Any], result: Mapping[str, Any], scores: ValidationScores | None
) -> dict[str, Any]:
    chosen_on = None
    if scores is not None:
        chosen_on = {'images': len(scores.scores), 'tested_on': scores.tested}
    told = {**{key: summary.get(key) for key in _OF_RUN}, **{key: result.get(key) for key in _OF_STAGE}}
    classes = (result.get('per_class') or {}).get('classes') or ()
    precision = {row['name']: row.get('AP') for row in classes}
    date = datetime.now(timezone.utc).isoformat(timespec='seconds')
    return jsonable({**told, 'average_precision': precision, 'thresholds_chosen_on': chosen_on, 'date': date})
