"""Pictures, plots and tables."""

from .calibration_plot import calibration_plot
from .cam_sheet import CAMItem, ClassMap, cam_sheet
from .cards import Card, Photo
from .class_precision_plot import class_precision_plot
from .cooccurrence_plot import cooccurrence_plot
from .data_url import data_url
from .dataset_sheet import AnnotatedImage, dataset_sheet, small_png
from .figures import png, save_png
from .gain_plot import gain_plot
from .label_graph_plot import label_graph_plot
from .learning_curves import learning_curves
from .page import html_image, html_note, html_page, html_wide
from .partition_plot import partition_plot
from .photo_drawing import NamedBox, heat_over, jpeg, shrunk, small_size, with_boxes
from .proposal_sheet import ProposedImage, proposal_sheet
from .recall_plot import recall_plot
from .scalars import Curves, read_curves
from .sheet import SheetItem, best_boxes, picture_sheet
from .statistics_plot import statistics_plot
from .tables import TextTable
from .teacher_sheet import ClassBoxes, TeacherItem, teacher_sheet

__all__ = [
    'AnnotatedImage',
    'CAMItem',
    'Card',
    'ClassBoxes',
    'ClassMap',
    'Curves',
    'NamedBox',
    'Photo',
    'ProposedImage',
    'SheetItem',
    'TeacherItem',
    'TextTable',
    'best_boxes',
    'calibration_plot',
    'cam_sheet',
    'class_precision_plot',
    'cooccurrence_plot',
    'data_url',
    'dataset_sheet',
    'gain_plot',
    'heat_over',
    'html_image',
    'html_note',
    'html_page',
    'html_wide',
    'jpeg',
    'label_graph_plot',
    'learning_curves',
    'partition_plot',
    'picture_sheet',
    'png',
    'proposal_sheet',
    'read_curves',
    'recall_plot',
    'save_png',
    'shrunk',
    'small_png',
    'small_size',
    'statistics_plot',
    'teacher_sheet',
    'with_boxes',
]
