"""What a proposal generator is."""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from typing import Any

import numpy as np


class ProposalGenerator(ABC):
    """Makes candidate boxes of an image.

    A generator of one's own is a subclass registered in :data:`mlkd.registry.GENERATORS`. It keeps each argument of its
    constructor in an attribute of the same name (these settings go into the header of the store), gives the same boxes
    for the same image whenever it is asked, and can be pickled: what cannot is made at the first call.
    """

    @abstractmethod
    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of one image, best first.

        Args:
            image: uint8 (H, W, 3), BGR.

        Returns:
            float32 (R, 4), xyxy pixels of ``image``, zero-based, right and bottom edge exclusive, inside the image and
            with an area; and float32 (R,) scores, all 1 if there are none.
        """

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def header(self) -> dict[str, Any]:
        """Type and settings as plain JSON values, as they stand in the header of a store."""
        return json.loads(json.dumps({'type': type(self).__name__, **self.settings}))

    def __repr__(self) -> str:
        return f'{type(self).__name__}({", ".join(f"{name}={value!r}" for name, value in self.settings.items())})'
