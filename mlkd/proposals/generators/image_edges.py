"""Edges of an image from its gradient, in the form that EdgeBoxes takes them."""

from __future__ import annotations

import cv2
import numpy as np

#: Standard deviations, in pixels, of the smoothing before the gradient and of the tensor of gradients after it.
_SIGMA, _TENSOR_SIGMA = 3.0, 1.0
#: A step of so much of CIE L* (0..100) per pixel is an edge of full strength.
_FULL = 12.5
#: Thinning: how far across the edge neighbours count, in pixels, and by how much one must be stronger.
_RADIUS, _MARGIN = 2, 1.01


def gradient_edges(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strength and direction of the edges of an image.

    The structure tensor of the three channels of CIE L*a*b* (Di Zenzo, CVGIP 1986): its larger eigenvalue is the
    squared rate of change of colour along the direction in which that is greatest.

    Args:
        image: uint8 (H, W, 3), BGR.

    Returns:
        Strength float32 (H, W), 0 to 1; and the angle of the edge's normal, float32 (H, W), 0 to pi from the x axis
        towards the y axis (which points down).
    """
    lab = cv2.GaussianBlur(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_BGR2Lab), (0, 0), _SIGMA)
    # Scharr's kernel sums to 32 for a step of 1 per pixel.
    gx, gy = (cv2.Scharr(lab, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1)))
    xx, xy, yy = (cv2.GaussianBlur(product.sum(2), (0, 0), _TENSOR_SIGMA) for product in (gx * gx, gx * gy, gy * gy))
    largest = (xx + yy) / 2 + np.hypot((xx - yy) / 2, xy)
    strength = np.minimum(np.sqrt(np.maximum(largest, 0)) / _FULL, 1)
    return strength, np.mod(np.arctan2(2 * xy, xx - yy) / 2, np.float32(np.pi))


def thin_edges(strength: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Edges of one pixel's width: 0 wherever the edge is stronger a pixel or two across it.

    Args:
        strength: float32 (H, W).
        normal: float32 (H, W), angle across the edge.

    Returns:
        float32 (H, W).
    """
    rows, columns = np.indices(strength.shape, np.float32)
    dx, dy = np.cos(normal), np.sin(normal)
    peak = np.ones(strength.shape, bool)
    for step in (-_RADIUS, -1, 1, _RADIUS):
        across = cv2.remap(
            strength, columns + step * dx, rows + step * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        peak &= strength * _MARGIN >= across
    return np.where(peak, strength, np.float32(0))
