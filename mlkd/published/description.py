"""What a published student says of itself: plain data, which no reading executes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from mlkd.errors import CheckpointError, did_you_mean
from mlkd.registry import GENERATORS, MODELS, TRANSFORMS

from .plain_config import check_config

#: Of the description; one that is higher was made by a newer mlkd.
FORMAT = 1
_FIX = 'copy or download the file again, or publish the network again (mlkd publish WORK_DIR)'


@dataclass(frozen=True)
class StudentDescription:
    """All that is needed to use a network beside its tensors.

    Attributes:
        classes: Names of the K labels, in the order of the scores.
        model: Config of the network with its ``data_preprocessor``, of registered types and plain values; nothing of
            what training alone needs.
        pipeline: Transforms that make the frame of a photo, none of them random; the first loads, the last packs.
        thresholds: For each label, what its score must be above; None: one half.
        threshold_rule: How they were chosen on the validation set: ``'f1'``, ``'precision 0.9'``; None without them.
        calibration: Counts for reliability curves on the validation set, as
            :meth:`~mlkd.evaluation.functional.Reliability.to_dict` gives them, or None.
        proposals: Config of the generator for a network that needs proposals, else None.
        provenance: Where it comes from: config, seed, data, versions, metrics; for people to read.
        format: See :data:`FORMAT`.
    """

    classes: tuple[str, ...]
    model: Mapping[str, Any]
    pipeline: Sequence[Mapping[str, Any]]
    thresholds: tuple[float, ...] | None = None
    threshold_rule: str | None = None
    calibration: Mapping[str, Any] | None = None
    proposals: Mapping[str, Any] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    def __post_init__(self) -> None:
        """Check everything.

        Raises:
            CheckpointError: If something is wrong; names the key.
        """
        object.__setattr__(self, 'classes', _names(self.classes))
        object.__setattr__(self, 'thresholds', _thresholds(self.thresholds, len(self.classes)))
        if self.threshold_rule is not None and not isinstance(self.threshold_rule, str):
            raise _wrong('threshold_rule', self.threshold_rule, "'f1' or 'precision 0.9'")
        _check_calibration(self.calibration, len(self.classes))
        if not isinstance(self.provenance, Mapping):
            raise _wrong('provenance', self.provenance, 'a dict')
        names = frozenset(self.classes)
        check_config(self.model, MODELS, 'model', names)
        if not isinstance(self.pipeline, (list, tuple)) or not self.pipeline:
            raise _wrong('pipeline', self.pipeline, 'a list of transforms')
        for index, step in enumerate(self.pipeline):
            check_config(step, TRANSFORMS, f'pipeline.{index}', names)
        if self.proposals is not None:
            check_config(self.proposals, GENERATORS, 'proposals', names)

    def to_json(self) -> str:
        """The description as text.

        Raises:
            CheckpointError: If the provenance holds something that JSON does not have.
        """
        try:
            return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise _wrong('provenance', error, 'values that JSON has') from error

    @classmethod
    def from_json(cls, text: str) -> StudentDescription:
        """Read a description.

        Args:
            text: Of :meth:`to_json`, or anything.

        Raises:
            CheckpointError: If it is none, was made by a newer mlkd, or asks for something that may not be built.
        """
        try:
            content = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise CheckpointError(
                'The description of a network is no JSON.', found=str(error)[:200], fix=_FIX
            ) from error
        if not isinstance(content, dict):
            raise _wrong('', type(content).__name__, 'a dict')
        found = content.get('format')
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise _wrong('format', found, str(FORMAT))
        if found > FORMAT:
            raise CheckpointError(
                'The network was published by a newer mlkd.',
                where='format',
                found=found,
                expected=f'at most {FORMAT}',
                fix='update mlkd, or publish the network again with this one',
            )
        known = [item.name for item in fields(cls)]
        for key in content:
            if key not in known:
                raise _wrong(key, 'an unknown key', f'one of {known}', did_you_mean(key, known))
        for key in ('classes', 'model', 'pipeline'):
            if key not in content:
                raise _wrong(key, 'nothing', 'this key')
        return cls(**content)


def _names(classes: Any) -> tuple[str, ...]:
    right = isinstance(classes, (list, tuple)) and all(isinstance(name, str) for name in classes)
    if not right or not classes:
        raise _wrong('classes', classes, 'a list of names')
    for name in classes:
        # Names are printed: none may hold what a terminal takes for a command.
        if not name.strip() or not name.isprintable():
            raise _wrong('classes', repr(name), 'names that can be printed')
    if len(set(classes)) < len(classes):
        twice = sorted({name for name in classes if list(classes).count(name) > 1})
        raise _wrong('classes', f'{twice[0]!r} twice', 'distinct names')
    return tuple(classes)


def _thresholds(values: Any, count: int) -> tuple[float, ...] | None:
    if values is None:
        return None
    if not isinstance(values, (list, tuple)) or len(values) != count or not all(map(_is_number, values)):
        raise _wrong('thresholds', values, f'{count} numbers, one for each label')
    return tuple(float(value) for value in values)


def _check_calibration(value: Any, count: int) -> None:
    if value is None:
        return
    if not isinstance(value, Mapping) or set(value) != {'edges', 'counts', 'positives', 'score_sums'}:
        raise _wrong('calibration', value, 'edges, counts, positives and score_sums')
    edges = value['edges']
    if not isinstance(edges, (list, tuple)) or len(edges) < 2 or not all(map(_is_number, edges)):
        raise _wrong('calibration.edges', edges, 'edges of bins')
    if list(edges) != sorted(set(edges)):
        raise _wrong('calibration.edges', edges, 'numbers that rise')
    for key in ('counts', 'positives', 'score_sums'):
        rows = value[key]
        shape = isinstance(rows, (list, tuple)) and len(rows) == count
        if not shape or not all(isinstance(row, (list, tuple)) and len(row) == len(edges) - 1 for row in rows):
            raise _wrong(f'calibration.{key}', rows, f'{count} lists of {len(edges) - 1} numbers')
        if not all(_is_number(x) and x >= 0 for row in rows for x in row):
            raise _wrong(f'calibration.{key}', rows, 'numbers of at least 0')


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _no_constant(name: str) -> None:
    raise ValueError(f'{name} is no number that JSON has')


def _wrong(key: str, found: object, expected: str, fix: str = '') -> CheckpointError:
    what = 'The description of a network is not as it should be.'
    return CheckpointError(what, where=key or None, found=str(found)[:200], expected=expected, fix=fix or _FIX)
