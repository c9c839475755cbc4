"""Student, teachers and the terms between them."""

from .distiller import Distiller
from .outputs import NetworkOutputs
from .self_teacher import SelfTeacher
from .teacher import Teacher
from .teachers import TeacherBank
from .terms import OASS, AttentionTransfer, FeatureKD, FitNets, PartitionKD, PeakFeatureKD, PredKD, PuzzleCAM, Term
from .views import FrameBatch

__all__ = [
    'OASS',
    'AttentionTransfer',
    'Distiller',
    'FeatureKD',
    'FitNets',
    'FrameBatch',
    'NetworkOutputs',
    'PartitionKD',
    'PeakFeatureKD',
    'PredKD',
    'PuzzleCAM',
    'SelfTeacher',
    'Teacher',
    'TeacherBank',
    'Term',
]
