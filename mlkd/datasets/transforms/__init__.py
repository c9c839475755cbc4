"""Transforms: from the entry of a data set to a packed sample."""

from .load_image import LoadImage
from .mirror_flip import MirrorFlip
from .multi_scale_crop import MultiScaleCrop
from .pack import PackMultiLabel
from .resize import ResizeLongSide, ResizeShortSide, Warp
from .test_time_aug import TestTimeAug
from .top_proposals import TopProposals

__all__ = [
    'LoadImage',
    'MirrorFlip',
    'MultiScaleCrop',
    'PackMultiLabel',
    'ResizeLongSide',
    'ResizeShortSide',
    'TestTimeAug',
    'TopProposals',
    'Warp',
]
