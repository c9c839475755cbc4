"""Networks and their parts."""

from mlkd.models import backbones, classifiers, detectors, heads, layers, losses, necks, preprocessors, utils

__all__ = ['backbones', 'classifiers', 'detectors', 'heads', 'layers', 'losses', 'necks', 'preprocessors', 'utils']
