"""The file of a published student: tensors, and in the header what they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
from torch import Tensor

from mlkd.checkpoint_file import read_safetensors, safetensors_metadata
from mlkd.errors import CheckpointError
from mlkd.fileio import atomic_write

from .description import StudentDescription

#: Name of the file that a run leaves; key of the description in the metadata of safetensors.
STUDENT_FILE, KEY = 'student.safetensors', 'mlkd'


def write_student(path: str | os.PathLike, tensors: Mapping[str, Tensor], description: StudentDescription) -> Path:
    """Write a network and its description into one file, whole or not at all.

    Args:
        path: The file.
        tensors: Its flat state dict.
        description: What it is.

    Returns:
        The path.

    Raises:
        CheckpointError: If the description holds something that JSON does not have.
    """
    # Tensors of a state dict may share memory, which the format does not know.
    own = {name: value.detach().to('cpu', copy=True).contiguous() for name, value in tensors.items()}
    # One key alone: of several the order is drawn anew each time.
    metadata = {KEY: description.to_json()}
    with atomic_write(Path(path), 'wb') as file:
        file.write(safetensors.torch.save(own, metadata))
    return Path(path)


def read_student(path: str | os.PathLike) -> tuple[dict[str, Tensor], StudentDescription]:
    """Read a published network. Nothing in the file is executed.

    Returns:
        Its tensors, on the CPU, and its description, checked.

    Raises:
        CheckpointError: If the file is missing, cut short or no safetensors file, has no description or a wrong one, or
            one that asks for something that may not be built.
    """
    description = read_description(path)
    return read_safetensors(path), description


def read_description(path: str | os.PathLike) -> StudentDescription:
    """The description alone; tensors are not read.

    Raises:
        CheckpointError: See :func:`read_student`.
    """
    text = safetensors_metadata(path).get(KEY)
    if text is None:
        raise CheckpointError(
            'The file does not say what network it holds.',
            where=path,
            found=f'no {KEY!r} in the metadata of its header',
            expected=f'a file that mlkd published ({STUDENT_FILE})',
            fix='publish the network from its run (mlkd publish WORK_DIR), or use it with its config '
            '(--config CONFIG --checkpoint FILE)',
        )
    try:
        return StudentDescription.from_json(text)
    except CheckpointError as error:
        raise error.at(Path(path)) from error
