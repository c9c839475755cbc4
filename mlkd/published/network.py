"""The network of a published file, ready to be used."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass

from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from torch import Tensor

from mlkd.errors import CheckpointError, MLKDError
from mlkd.models.utils.fit import check_fits
from mlkd.registry import MODELS, SCOPE

from .description import StudentDescription
from .photo_network import THRESHOLD, PhotoNetwork, to_device
from .photo_pipeline import PhotoPipeline
from .proposer import Proposer
from .student_file import read_student


@dataclass(frozen=True)
class PublishedStudent(PhotoNetwork):
    """A network and what its file says of it.

    Attributes:
        description: From the file.
    """

    description: StudentDescription


def load_student(
    path: str | os.PathLike, device: str | None = None, *, store: str | os.PathLike | None = None
) -> PublishedStudent:
    """Read a published network. One file is enough, and nothing in it is executed.

    Args:
        path: ``student.safetensors`` of a run, or what ``mlkd publish`` wrote.
        device: PyTorch's name of where it shall work; the GPU where there is one, by default.
        store: Of proposals of the images it will see, for a detector; it makes them itself where this has none.

    Raises:
        CheckpointError: If the file cannot be read, does not say what it holds, asks for something that may not be
            built, or its tensors do not fit its description.
        ConfigError: If there is no such device, or a detector's proposals come from nowhere.
    """
    tensors, description = read_student(path)
    network = build_network(description, tensors, path)
    network = to_device(network, device)
    proposer = None
    if getattr(network, 'needs_proposals', False):
        proposer = Proposer(description.proposals, os.fspath(store) if store is not None else None)
    try:
        pipeline = PhotoPipeline(description.pipeline, proposer)
    except (MLKDError, TypeError, ValueError) as error:
        raise _not_built(path, 'pipeline', error) from error
    thresholds = description.thresholds or (THRESHOLD,) * len(description.classes)
    return PublishedStudent(network.eval(), description.classes, pipeline, thresholds, description)


def build_network(
    description: StudentDescription, tensors: Mapping[str, Tensor], where: str | os.PathLike
) -> BaseModel:
    """The network that a description is of, with its tensors, on the CPU in eval mode.

    Args:
        description: What to build.
        tensors: All that the network has.
        where: File, for the message.

    Raises:
        CheckpointError: If it cannot be built, or a tensor is missing, left over or of another shape.
    """
    try:
        with DefaultScope.overwrite_default_scope(SCOPE):
            network = MODELS.build(copy.deepcopy(dict(description.model)))
    except Exception as error:
        # What constructors make of arguments that are not for them is not limited to a few types.
        raise _not_built(where, 'model', error) from error
    if not isinstance(network, BaseModel):
        found, expected = type(network).__name__, 'a network, such as MultiLabelClassifier'
        raise CheckpointError('The file holds no whole network.', where=where, found=found, expected=expected)
    check_fits(tensors, network.state_dict(), where)
    network.load_state_dict(dict(tensors))
    return network.eval()


def _not_built(where: str | os.PathLike, key: str, error: Exception) -> CheckpointError:
    return CheckpointError(
        'What the file describes cannot be built.',
        where=f'{os.fspath(where)}: {key}',
        found=f'{type(error).__name__}: {" ".join(str(error).split())[:300]}',
        expected='a network that this version of mlkd, and the plug-ins that were imported, know',
        fix='publish the network again with this version (mlkd publish), or install the one that it names',
    )
