"""Weight files of MatConvNet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import scipy.io
import torch
from torch import Tensor

from mlkd.errors import CheckpointError


def read_matconvnet(path: str | Path) -> dict[str, Tensor]:
    """Read the weights of a network in MatConvNet's format ``simplenn``, as ``imagenet-vgg-f.mat`` has it.

    Filters are stored as (height, width, in, out), and fully connected layers as convolutions; here both are in
    PyTorch's order, the latter flat. Nothing in the file is executed.

    Args:
        path: A ``.mat`` file of version 5 (the published models are).

    Returns:
        float32 tensors by name: ``conv1.weight``, ``conv1.bias``, ..., ``fc8.bias``.

    Raises:
        CheckpointError: If the file cannot be read or holds no such network.
    """
    try:
        content = scipy.io.loadmat(str(path), variable_names=['layers'], struct_as_record=False)
        state = dict(_tensors(content['layers'].flat))
    except MemoryError:
        raise
    except Exception as error:
        # What SciPy raises over a damaged file depends on where it is damaged.
        raise _unusable(path, f'{type(error).__name__}: {str(error)[:200]}') from error
    if not state:
        raise _unusable(path, 'no layer with weights')
    return state


def _tensors(layers: Iterable[np.ndarray]) -> Iterator[tuple[str, Tensor]]:
    for layer in (cell.item() for cell in layers):
        if layer.type.item() != 'conv':
            continue
        # Releases before 1.0-beta8 kept the two apart.
        filters, biases = layer.weights.flat if hasattr(layer, 'weights') else (layer.filters, layer.biases)
        name = layer.name.item()
        yield f'{name}.weight', _weight(filters, flat=name.startswith('fc'))
        yield f'{name}.bias', torch.from_numpy(np.asarray(biases, np.float32).reshape(-1))


def _weight(filters: np.ndarray, flat: bool) -> Tensor:
    # MATLAB drops last axes of one element.
    array = np.asarray(filters, np.float32).reshape(filters.shape + (1,) * (4 - filters.ndim))
    weight = torch.from_numpy(np.ascontiguousarray(array.transpose(3, 2, 0, 1)))
    return weight.flatten(1) if flat else weight


def _unusable(path: str | Path, found: str) -> CheckpointError:
    return CheckpointError(
        'The file holds no network of MatConvNet.',
        where=path,
        found=found,
        expected="a .mat file with a list 'layers' of convolutions with 'weights'",
        fix='get it again from https://www.vlfeat.org/matconvnet/pretrained (imagenet-vgg-f.mat)',
    )
