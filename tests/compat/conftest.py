"""The stand-in has to be there before ``mmcv.ops`` is imported."""

import mlkd  # noqa: F401
