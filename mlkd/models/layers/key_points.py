"""Key points: where an image is cut, after where its class maps answer (OASS, ICIP 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from mlkd.arguments import check_choice, check_number
from mlkd.errors import DataError

from .local_maxima import local_maxima

Strategy = Literal['centre', 'max', 'cmax', 'ctopk', 'ctopkw']
TopkFilter = Literal['none', 'radius', 'legacy']
#: One key point per image; the others have one per class that is present.
PER_IMAGE = ('centre', 'max')
#: View that the published distances are in pixels of.
PUBLISHED_SIDE = 512


@dataclass(frozen=True)
class KeyPoints:
    """Where images are cut.

    Attributes:
        points: int64 (n, 2): row and column in pixels of the view; rows and columns before it go left and up.
        images: int64 (n,): which image of the batch, ascending.
        classes: int64 (n,): which class; -1 where a key point is of the image as a whole.
        fell_back: bool (n,): the centre was taken, as nothing was found or it lay on the border.
    """

    points: Tensor
    images: Tensor
    classes: Tensor
    fell_back: Tensor

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True)
class KeyPointFinder:
    """Finds the key points of a batch; all images and classes at once, on the device of the maps.

    Args:
        strategy: ``'centre'``; ``'max'``: where the maximum of an image's present classes is highest; ``'cmax'``: where
            each present class is; ``'ctopk'``: the mean of a class's highest local maxima; ``'ctopkw'``: the same,
            weighted by their values.
        num_maxima: k.
        min_distance: Between local maxima, in pixels; None: 20 at 512, in proportion to the view's shorter side.
        ctopk_filter: ``'none'``; ``'radius'``: maxima that are ``radius`` or further from the highest pixel do not
            count for ``'ctopk'``; ``'legacy'``: as released, where with more than k maxima a row is compared to the
            column of the highest pixel.
        radius: In pixels; None: 128 at 512, in proportion.
        floor_each: Truncate each term of the weighted mean, as released, and not the sum.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    strategy: Strategy = 'cmax'
    num_maxima: int = 5
    min_distance: int | None = None
    ctopk_filter: TopkFilter = 'none'
    radius: float | None = None
    floor_each: bool = False

    def __post_init__(self) -> None:
        check_choice('strategy', self.strategy, get_args(Strategy))
        check_choice('ctopk_filter', self.ctopk_filter, get_args(TopkFilter))
        check_number('num_maxima', self.num_maxima, 1, whole=True)
        if self.min_distance is not None:
            check_number('min_distance', self.min_distance, 1, whole=True)
        if self.radius is not None:
            check_number('radius', self.radius, 0)

    @torch.no_grad()
    def __call__(self, maps: Tensor, present: Tensor, size: tuple[int, int]) -> KeyPoints:
        """Find key points.

        Args:
            maps: Normalised class maps M (B, K, h, w).
            present: bool (B, K). Without a present class an image is cut at the centre, or has no key point where these
                are per class.
            size: (height, width) of the view in pixels.

        Raises:
            DataError: If the maps have a single row or column, which cannot be cut.
        """
        if min(maps.shape[-2:]) < 2 or min(size) < 2:
            raise DataError(
                'A view is too small to be cut.',
                found=f'{size[0]} x {size[1]} pixels, maps of {maps.shape[-2]} x {maps.shape[-1]} cells',
                expected='maps of at least 2 x 2 cells',
                fix='use larger views, or a backbone of a smaller stride',
            )
        if self.strategy in PER_IMAGE:
            images = torch.arange(len(maps), device=maps.device)
            classes = torch.full_like(images, -1)
            seen = maps.masked_fill(~present[..., None, None], 0).amax(1)
        else:
            images, classes = present.nonzero(as_tuple=True)
            seen = maps[images, classes]
        centre = torch.tensor([size[0] // 2, size[1] // 2], device=maps.device)
        if self.strategy == 'centre':
            points = centre.expand(len(images), 2)
            return KeyPoints(points, images, classes, torch.zeros_like(images, dtype=torch.bool))
        points, found = self._find(upsampled(seen, size))
        fell_back = ~found | (points == 0).any(1)
        return KeyPoints(torch.where(fell_back[:, None], centre, points), images, classes, fell_back)

    def _find(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Key points (n, 2) of maps (n, H, W) in pixels, and bool (n,), of which maps there is one."""
        if self.strategy in ('max', 'cmax'):
            points = highest(maps)
            return points, torch.ones_like(points[:, 0], dtype=torch.bool)
        k, share = self.num_maxima, min(maps.shape[-2:]) / PUBLISHED_SIDE
        min_distance = max(1, round(20 * share)) if self.min_distance is None else self.min_distance
        peaks, there = local_maxima(maps, min_distance, k + 1)
        more = there[:, k]
        peaks, there = peaks[:, :k], there[:, :k]
        if self.strategy == 'ctopkw':
            return self._weighted(maps, peaks, there), there.any(1)
        if self.ctopk_filter != 'none':
            radius = 128 * share if self.radius is None else self.radius
            there = there & self._is_near(highest(maps), peaks, more, radius)
        points = (peaks * there[..., None]).sum(1) // there.sum(1).clamp(min=1)[:, None]
        return points, there.any(1)

    def _is_near(self, top: Tensor, peaks: Tensor, more: Tensor, radius: float) -> Tensor:
        if self.ctopk_filter == 'legacy':
            peaks = torch.where(more[:, None, None], peaks[..., :1].expand_as(peaks), peaks)
        return (peaks - top[:, None]).double().norm(dim=2) < radius

    def _weighted(self, maps: Tensor, peaks: Tensor, there: Tensor) -> Tensor:
        rows = torch.arange(len(maps), device=maps.device)[:, None]
        values = maps[rows, peaks[..., 0], peaks[..., 1]].double() * there
        weights = values / values.sum(1, keepdim=True).clamp(min=torch.finfo(values.dtype).tiny)
        terms = peaks * weights[..., None]
        # The mean of whole numbers must not fall below one by rounding.
        points = terms.floor().sum(1) if self.floor_each else (terms.sum(1) + 1e-9).floor()
        return points.long()


def upsampled(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (n, h, w) to (n, H, W), float32: bilinear with half-pixel centres.

    In double precision, in which pixels that tie do tie, so that every device breaks ties alike.
    """
    return F.interpolate(maps[:, None].double(), size=size, mode='bilinear', align_corners=False)[:, 0].float()


def highest(maps: Tensor) -> Tensor:
    """Rows and columns (n, 2) of the highest pixels of maps (n, H, W), the first of equals in reading order."""
    flat = maps.flatten(1)
    place = (flat == flat.amax(1, keepdim=True)).int().argmax(1)
    return torch.stack([place // maps.shape[2], place % maps.shape[2]], 1)
