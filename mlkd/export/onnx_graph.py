"""Writing a network as an ONNX file.

PyTorch's exporter by tracing (``dynamo=False``) needs nothing but ``onnx`` and gives the same graph from PyTorch 2.6 to
2.11; the other one needs ``onnxscript``, whose graphs change from version to version.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.onnx import symbolic_helper

from mlkd.errors import ConfigError
from mlkd.fileio import atomic_write
from mlkd.log_level import log_level

from .packages import onnx_package
from .traced_network import INPUT, LOGITS, SCORES, TracedNetwork

#: The first that has anti-aliased resizing.
OPSET = 18


def write_onnx(traced: TracedNetwork, path: str | Path, properties: Mapping[str, str]) -> Path:
    """Write the graph of a network.

    Args:
        traced: The network.
        path: The file.
        properties: What the file says of itself (``metadata_props``).

    Returns:
        The path.

    Raises:
        ConfigError: If ``onnx`` is not installed, or the network does something that ONNX does not have.
    """
    onnx = onnx_package()
    buffer = io.BytesIO()
    _register_resizing()
    example = traced.example()
    with torch.no_grad(), _quiet():
        # What is computed once is then a constant of the graph.
        traced(example)
        try:
            torch.onnx.export(
                traced,
                (example,),
                buffer,  # type: ignore[arg-type]
                opset_version=OPSET,
                input_names=[INPUT],
                output_names=[LOGITS, SCORES],
                dynamic_axes=traced.dynamic_axes(),
                dynamo=False,
            )
        except Exception as error:
            # The exporter raises what it likes for what it does not know.
            raise ConfigError(
                'The network cannot be exported to ONNX.',
                found=f'{type(error).__name__}: {" ".join(str(error).split())[:300]}',
                expected=f'operations that opset {OPSET} has',
                fix='export with --preprocessing none; a layer of a plug-in may need a symbolic function '
                '(torch.onnx.register_custom_op_symbolic)',
            ) from error
    model = onnx.load_from_string(buffer.getvalue())
    onnx.helper.set_model_props(model, dict(properties))
    model.producer_name = 'mlkd'
    with atomic_write(path, 'wb') as file:
        file.write(model.SerializeToString())
    return Path(path)


def _register_resizing() -> None:
    """Teach the exporter bilinear resizing as PyTorch computes it."""
    for name, antialias in (('upsample_bilinear2d', False), ('_upsample_bilinear2d_aa', True)):
        torch.onnx.register_custom_op_symbolic(f'aten::{name}', partial(_resized, antialias), OPSET)


def _resized(antialias: bool, g: Any, x: Any, size: Any, align_corners: Any, *scales: Any) -> Any:
    """Sums of weighted pixels: ONNX Runtime computes the positions of its ``Resize`` in single precision.

    Weights are what PyTorch makes of the rows of an identity matrix.
    """
    new, corners = (
        symbolic_helper._maybe_get_const(size, 'is'),
        bool(symbolic_helper._get_const(align_corners, 'b', '')),
    )
    old = (x.type().varyingSizes() or ())[2:]
    if len(old) != 2 or None in old:
        raise RuntimeError('resizing of images whose size is not known before the graph runs')
    for length, target in zip(old, new, strict=True):
        weights = _weights(length, target, antialias, corners)
        # Few pixels count for each: those, by their rank. Whole rows are copied fast, single pixels slowly.
        values, places = weights.topk(int((weights != 0).sum(1).max()), dim=1)
        parts = []
        for value, place in zip(values.T, places.T, strict=True):
            rows = g.op('Gather', x, g.op('Constant', value_t=place.contiguous()), axis_i=2)
            parts.append(g.op('Mul', rows, g.op('Constant', value_t=value[:, None].contiguous())))
        x = g.op('Transpose', g.op('Sum', *parts), perm_i=[0, 1, 3, 2])
    return x


def _weights(old: int, new: int, antialias: bool = True, corners: bool = False) -> Tensor:
    """Matrix (new, old) of bilinear resizing along one axis."""
    identity = torch.eye(old)[None, None]
    resized = F.interpolate(identity, size=(new, old), mode='bilinear', align_corners=corners, antialias=antialias)
    return resized[0, 0]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's warnings, of constant shapes and of its age, and the graph that it prints at failure."""
    # It prints from C++, past Python's own stdout.
    sys.stdout.flush()
    stdout, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        with (
            warnings.catch_warnings(),
            redirect_stdout(io.StringIO()),
            log_level(logging.getLogger('torch.onnx'), logging.ERROR),
        ):
            warnings.simplefilter('ignore')
            yield
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
        os.close(nowhere)
