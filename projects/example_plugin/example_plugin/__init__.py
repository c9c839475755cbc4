"""A plug-in: a term and a backbone that mlkd knows nothing of."""

import itertools

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import nn

from mlkd.distillers import Term
from mlkd.registry import MODELS


@MODELS.register_module()
class CosineKD(Term):
    """1 - cosine between the pooled last maps of student and teacher, mean over images."""

    student_outputs = ('feats',)

    def __init__(self, teacher, student_channels, teacher_channels, loss_weight=1.0):
        super().__init__(teacher, loss_weight)
        self.connector = nn.Linear(student_channels, teacher_channels)

    def forward(self, student, teachers, batch):
        own, shown = (x.feats[-1].float().mean((2, 3)) for x in (student, teachers[self.teacher]))
        return {'loss': self.loss_weight * (1 - F.cosine_similarity(self.connector(own), shown)).mean()}


@MODELS.register_module()
class ThreeConvs(BaseModule):
    """Three convolutions of stride 2."""

    def __init__(self, channels=16, init_cfg=None):
        super().__init__(init_cfg)
        widths = (3, channels, channels, channels)
        pairs = itertools.pairwise(widths)
        self.convs = nn.Sequential(*(nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.ReLU()) for a, b in pairs))

    def forward(self, x):
        return (self.convs(x),)
