"""What several networks share."""

from .class_maps_of import class_maps_of
from .feature_cache import FeatureCache
from .finite import check_finite
from .labels import stack_labels
from .precision import at_least_float32
from .rois import samples_to_rois, segment_positions, segment_softmax, segment_sum
from .shared_features import SharedFeatures, share_features
from .weight_files import add_weight_folder, allow_missing_weights, find_weights
from .weights import load_weights

__all__ = [
    'FeatureCache',
    'SharedFeatures',
    'add_weight_folder',
    'allow_missing_weights',
    'at_least_float32',
    'check_finite',
    'class_maps_of',
    'find_weights',
    'load_weights',
    'samples_to_rois',
    'segment_positions',
    'segment_softmax',
    'segment_sum',
    'share_features',
    'stack_labels',
]
