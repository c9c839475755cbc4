"""Backbones that MMDetection does not have."""

from .mobilenet_v1 import MobileNetV1
from .small_convnet import SmallConvNet
from .squeezenet import SqueezeNet
from .timm_backbone import TimmBackbone
from .vgg16 import VGG16
from .vggf import VGGF

__all__ = ['VGG16', 'VGGF', 'MobileNetV1', 'SmallConvNet', 'SqueezeNet', 'TimmBackbone']
