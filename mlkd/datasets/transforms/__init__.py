"""Transforms: from the entry of a data set to a packed sample."""

from .canvas import Canvas
from .cutout import Cutout
from .load_image import LoadImage
from .mirror_flip import MirrorFlip
from .multi_scale_crop import MultiScaleCrop
from .pack import PackMultiLabel
from .pixel_proposals import PixelProposals
from .rand_augment import RandAugment
from .resize import ResizeLongSide, ResizeShortSide, Warp
from .test_time_aug import TestTimeAug
from .top_proposals import TopProposals

__all__ = [
    'Canvas',
    'Cutout',
    'LoadImage',
    'MirrorFlip',
    'MultiScaleCrop',
    'PackMultiLabel',
    'PixelProposals',
    'RandAugment',
    'ResizeLongSide',
    'ResizeShortSide',
    'TestTimeAug',
    'TopProposals',
    'Warp',
]
