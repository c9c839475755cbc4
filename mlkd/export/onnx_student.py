"""A student as an ONNX file, run by ONNX Runtime, and what the file says of itself."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import CheckpointError
from mlkd.published import StudentDescription

from .packages import onnxruntime_package
from .traced_network import INPUT, LOGITS, SCORES, TracedNetwork

#: Of the properties; one that is higher was made by a newer mlkd.
FORMAT = 1


def properties(description: StudentDescription, traced: TracedNetwork) -> dict[str, str]:
    """What an exported file says of itself (``metadata_props`` of ONNX), each value as JSON.

    Args:
        description: Of the student.
        traced: What is exported.
    """
    values: dict[str, Any] = {
        'format': FORMAT,
        'classes': description.classes,
        'thresholds': description.thresholds,
        'threshold_rule': description.threshold_rule,
        'preprocessing': traced.preprocessing,
        'input': traced.input_facts(),
        'pipeline': description.pipeline,
        'data_preprocessor': description.model.get('data_preprocessor'),
        'provenance': description.provenance,
    }
    return {f'mlkd.{key}': json.dumps(value, ensure_ascii=False) for key, value in values.items()}


@dataclass(frozen=True)
class OnnxStudent:
    """An exported student.

    Attributes:
        session: ONNX Runtime's.
        facts: The file's properties by name, without ``mlkd.`` before it.
    """

    session: Any
    facts: dict[str, Any]

    @classmethod
    def open(cls, path: str | os.PathLike, threads: int = 1) -> OnnxStudent:
        """Open a file.

        Args:
            path: The file.
            threads: How many it may use.

        Raises:
            CheckpointError: If it cannot be read, or was not exported by mlkd, or by a newer one.
            ConfigError: If ONNX Runtime is not installed.
        """
        runtime = onnxruntime_package()
        if not Path(path).is_file():
            raise CheckpointError('There is no such file.', where=path, fix='check the path')
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        # Errors are raised; what it prints beside them says no more.
        options.log_severity_level = 4
        try:
            session = runtime.InferenceSession(os.fspath(path), options, providers=['CPUExecutionProvider'])
            given = session.get_modelmeta().custom_metadata_map
            facts = {key.removeprefix('mlkd.'): json.loads(value) for key, value in given.items() if 'mlkd.' in key}
        except Exception as error:
            # ONNX Runtime's exceptions have no common class of their own.
            raise CheckpointError(
                'The file cannot be read; it is damaged or no ONNX file.',
                where=path,
                found=str(error).split('\n')[0][:300],
                fix='export the student again',
            ) from error
        if facts.get('format') != FORMAT:
            raise CheckpointError(
                'The file does not say what it is, or another mlkd made it.',
                where=path,
                found=f'format {facts.get("format")}',
                expected=f'format {FORMAT}',
                fix='export the student again with this version (mlkd export)',
            )
        return cls(session, facts)

    def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logits and scores (B, K) of what the file takes, see :class:`~mlkd.export.TracedNetwork`."""
        logits, scores = self.session.run([LOGITS, SCORES], {INPUT: images})
        return logits, scores
