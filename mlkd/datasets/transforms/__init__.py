"""Transforms: from the entry of a data set to a packed sample."""

from .load_image import LoadImage
from .mirror_flip import MirrorFlip
from .pack import PackMultiLabel
from .resize import ResizeLongSide, Warp
from .top_proposals import TopProposals

__all__ = ['LoadImage', 'MirrorFlip', 'PackMultiLabel', 'ResizeLongSide', 'TopProposals', 'Warp']
