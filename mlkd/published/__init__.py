"""The published student: one file that says what it is, and the network in it."""

from .description import FORMAT, StudentDescription
from .network import PublishedStudent, build_network, load_student
from .photo_network import THRESHOLD, PhotoNetwork, to_device
from .photo_pipeline import PhotoPipeline
from .plain_network import plain_model, plain_pipeline, plain_value
from .proposer import Proposer
from .student_file import STUDENT_FILE, read_description, read_student, write_student

__all__ = [
    'FORMAT',
    'STUDENT_FILE',
    'THRESHOLD',
    'PhotoNetwork',
    'PhotoPipeline',
    'Proposer',
    'PublishedStudent',
    'StudentDescription',
    'build_network',
    'load_student',
    'plain_model',
    'plain_pipeline',
    'plain_value',
    'read_description',
    'read_student',
    'to_device',
    'write_student',
]
