"""A student outside of PyTorch: as an ONNX graph, in eight-bit integers, checked, measured and timed."""

from .agreement import TOLERANCE, Agreement, compare
from .int8 import METHODS, Method, Trial, quantize
from .onnx_graph import write_onnx
from .onnx_student import OnnxStudent, properties
from .photo_source import PhotoSource
from .timing import Stopwatch, Timing
from .traced_network import PREPROCESSING, Preprocessing, TracedNetwork

__all__ = [
    'METHODS',
    'PREPROCESSING',
    'TOLERANCE',
    'Agreement',
    'Method',
    'OnnxStudent',
    'PhotoSource',
    'Preprocessing',
    'Stopwatch',
    'Timing',
    'TracedNetwork',
    'Trial',
    'compare',
    'properties',
    'quantize',
    'write_onnx',
]
