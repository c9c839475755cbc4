"""Student, teachers and the terms between them."""

from .distiller import Distiller
from .outputs import FrameBatch, NetworkOutputs
from .teachers import Teacher, TeacherBank
from .terms import AttentionTransfer, FeatureKD, FitNets, PredKD, Term

__all__ = [
    'AttentionTransfer',
    'Distiller',
    'FeatureKD',
    'FitNets',
    'FrameBatch',
    'NetworkOutputs',
    'PredKD',
    'Teacher',
    'TeacherBank',
    'Term',
]
