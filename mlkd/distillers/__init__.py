"""Student, teachers and the terms between them."""

from .distiller import Distiller
from .outputs import FrameBatch, NetworkOutputs
from .teacher import Teacher
from .teachers import TeacherBank
from .terms import AttentionTransfer, FeatureKD, FitNets, PartitionKD, PredKD, Term

__all__ = [
    'AttentionTransfer',
    'Distiller',
    'FeatureKD',
    'FitNets',
    'FrameBatch',
    'NetworkOutputs',
    'PartitionKD',
    'PredKD',
    'Teacher',
    'TeacherBank',
    'Term',
]
