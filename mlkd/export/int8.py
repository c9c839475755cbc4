"""Eight-bit integers: static quantisation by ONNX Runtime, with ranges from photos.

Weights are quantised by channel, activations with what photos make of them, and both written as pairs of
``QuantizeLinear`` and ``DequantizeLinear``, which every runtime of ONNX knows. What comes before the network stays as
it is. Networks of depthwise convolutions lose most, whose channels differ in range. So several choices of what stays in
floating point are tried, and the first one is taken whose scores stay near, or else the nearest.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from mlkd.errors import ConfigError
from mlkd.fileio import atomic_write
from mlkd.log_level import log_level

from .packages import onnx_package, onnxruntime_package
from .traced_network import INPUT, SCORES

#: How the range of an activation is chosen: its extremes; the one that keeps most information; all but a few values.
Method = Literal['minmax', 'entropy', 'percentile']
METHODS: tuple[str, ...] = get_args(Method)
#: Share of values, in percent, that the last of them keeps.
PERCENTILE = 99.99
#: Mean difference of a score up to which a choice is near enough.
NEAR = 0.01
#: Operations that compute with integers, and those that pass integers on.
_COMPUTING = ('Conv', 'Gemm', 'MatMul')
#: What may stay in floating point beside nothing, and how many of the layers that is before the last one.
_SHARES = {'the first and the last layer': 0.0, 'a quarter and the last layer': 0.25, 'half and the last layer': 0.5}
_PASSING = ('Relu', 'Clip', 'Add', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'Concat')


@dataclass(frozen=True)
class Trial:
    """One choice of what stays in floating point.

    Attributes:
        kept: What it is.
        layers: How many convolutions and products of matrices stay.
        of: How many there are.
        mean_score: Mean difference of a score, on the photos that the ranges are from.
    """

    kept: str
    layers: int
    of: int
    mean_score: float


def quantize(
    source: str | os.PathLike,
    out: str | Path,
    arrays: Sequence[np.ndarray],
    method: Method = 'percentile',
    tell: Callable[[str], Any] = str,
) -> list[Trial]:
    """Write the INT8 form of an exported student.

    Args:
        source: Of :func:`~mlkd.export.write_onnx`.
        out: The file.
        arrays: What the file takes, of the photos for the ranges, without the axis of the batch.
        method: How ranges are chosen.
        tell: Told what is being done.

    Returns:
        What was tried; the last one is what was written.

    Raises:
        ConfigError: If ONNX Runtime cannot quantise the network.
    """
    onnxruntime_package()
    from onnxruntime.quantization.shape_inference import quant_pre_process

    expected = _scores(source, arrays)
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory() as folder, _quiet():
        prepared, best = Path(folder, 'prepared.onnx'), Path(folder, 'best.onnx')
        try:
            quant_pre_process(os.fspath(source), str(prepared), skip_symbolic_shape=True)
            choices = _choices(prepared)
            for kept, nodes, layers, total in choices:
                tell(f'trying with {kept} in floating point' if nodes else 'trying with nothing in floating point')
                made = Path(folder, f'{len(trials)}.onnx')
                _quantize(prepared, made, arrays, method, nodes)
                difference = float(np.abs(_scores(made, arrays) - expected).mean())
                trials.append(Trial(kept, layers, total, difference))
                if difference <= min(trial.mean_score for trial in trials):
                    made.replace(best)
                    chosen = trials[-1]
                if difference <= NEAR:
                    break
        except Exception as error:
            # Of onnxruntime.quantization, which raises what it likes for graphs that it does not know.
            raise ConfigError(
                'The network cannot be quantised.',
                where=source,
                found=f'{type(error).__name__}: {" ".join(str(error).split())[:300]}',
                fix='export it with --to onnx',
            ) from error
        _write_with_properties(source, best, out)
    trials.remove(chosen)
    return [*trials, chosen]


def _choices(path: Path) -> list[tuple[str, list[str], int, int]]:
    """What may stay in floating point, the least first: description, nodes, layers among them, layers in all.

    What stays are the first layers and the last one, nothing in between: from 1.20 on, ONNX Runtime quantises the
    weights of a layer between integers after all, as one range for all channels.
    """
    graph = onnx_package().load(str(path)).graph
    nodes = [node for node in graph.node if node.op_type in (*_COMPUTING, *_PASSING)]
    layers = [index for index, node in enumerate(nodes) if node.op_type in _COMPUTING]
    kept: list[tuple[str, list[str], int, int]] = [('nothing', [], 0, len(layers))]
    for text, share in _SHARES.items():
        count = max(1, round(share * len(layers)))
        if count + 1 < len(layers):
            names = [node.name for node in nodes[: layers[count]]]
            kept.append((text, [*names, nodes[layers[-1]].name], count + 1, len(layers)))
    return kept


def _quantize(source: Path, out: Path, arrays: Sequence[np.ndarray], method: Method, kept: Sequence[str]) -> None:
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Photos(CalibrationDataReader):
        def __init__(self) -> None:
            self.rest = iter(arrays)

        def get_next(self) -> dict[str, np.ndarray] | None:
            array = next(self.rest, None)
            return None if array is None else {INPUT: array[None]}

    methods = {
        'minmax': CalibrationMethod.MinMax,
        'entropy': CalibrationMethod.Entropy,
        'percentile': CalibrationMethod.Percentile,
    }
    quantize_static(
        str(source),
        str(out),
        Photos(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        # Sums of products with signed weights overflow on processors without VNNI.
        weight_type=QuantType.QUInt8,
        calibrate_method=methods[method],
        op_types_to_quantize=[*_COMPUTING, *_PASSING],
        nodes_to_exclude=[*kept, *_before_network(source)],
        extra_options={'CalibPercentile': PERCENTILE} if method == 'percentile' else {},
    )


def _before_network(path: Path) -> list[str]:
    """Nodes of preprocessing, which are named after the module that they are of."""
    graph = onnx_package().load(str(path)).graph
    return [node.name for node in graph.node if not node.name.startswith('/network')]


def _scores(path: str | os.PathLike, arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Scores (N, K) that a file gives, which may have lost its properties on the way."""
    session = onnxruntime_package().InferenceSession(os.fspath(path), providers=['CPUExecutionProvider'])
    return np.concatenate([session.run([SCORES], {INPUT: array[None]})[0] for array in arrays])


def _write_with_properties(source: str | os.PathLike, made: Path, out: str | Path) -> None:
    onnx = onnx_package()
    model = onnx.load(str(made))
    given = {item.key: item.value for item in onnx.load(os.fspath(source)).metadata_props}
    onnx.helper.set_model_props(model, given)
    with atomic_write(out, 'wb') as file:
        file.write(model.SerializeToString())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the quantiser prints and logs."""
    with log_level(logging.getLogger(), logging.ERROR), contextlib.redirect_stdout(io.StringIO()):
        yield
