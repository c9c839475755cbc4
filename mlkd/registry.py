"""Registries of mlkd (scope ``mlkd``).

Each is a child of MMDetection's registry of the same name where there is one (itself a child of MMEngine's),
else of MMEngine's, so that a config may name any component of the three without a prefix.
"""

from __future__ import annotations

from mmdet import registry as mmdet_registry
from mmengine import registry as mmengine_registry
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.registry import Registry

SCOPE = 'mlkd'

# So that a config anywhere may name one of mlkd's as its base: 'mlkd::_base_/default_runtime.py'.
MODULE2PACKAGE.setdefault(SCOPE, 'mlkd')

RUNNERS = Registry('runner', parent=mmengine_registry.RUNNERS, scope=SCOPE, locations=['mlkd.engine'])
LOOPS = Registry('loop', parent=mmdet_registry.LOOPS, scope=SCOPE, locations=['mlkd.engine'])
HOOKS = Registry('hook', parent=mmdet_registry.HOOKS, scope=SCOPE, locations=['mlkd.engine'])
OPTIM_WRAPPER_CONSTRUCTORS = Registry(
    'optimizer wrapper constructor',
    parent=mmdet_registry.OPTIM_WRAPPER_CONSTRUCTORS,
    scope=SCOPE,
    locations=['mlkd.engine'],
)
DATASETS = Registry('dataset', parent=mmdet_registry.DATASETS, scope=SCOPE, locations=['mlkd.datasets'])
DATA_SAMPLERS = Registry('data sampler', parent=mmdet_registry.DATA_SAMPLERS, scope=SCOPE, locations=['mlkd.datasets'])
TRANSFORMS = Registry(
    'transform', parent=mmdet_registry.TRANSFORMS, scope=SCOPE, locations=['mlkd.datasets.transforms']
)
METRICS = Registry('metric', parent=mmdet_registry.METRICS, scope=SCOPE, locations=['mlkd.evaluation'])
VISUALIZERS = Registry('visualizer', parent=mmdet_registry.VISUALIZERS, scope=SCOPE, locations=['mlkd.visualization'])
#: Networks and their parts, losses, distillers and terms.
MODELS = Registry('model', parent=mmdet_registry.MODELS, scope=SCOPE, locations=['mlkd.models', 'mlkd.distillers'])
#: Ways to initialise a network's weights, named by ``init_cfg``.
WEIGHT_INITIALIZERS = Registry(
    'weight initializer', parent=mmdet_registry.WEIGHT_INITIALIZERS, scope=SCOPE, locations=['mlkd.models']
)
#: Proposal generators: an image in, boxes with scores out.
GENERATORS = Registry('proposal generator', scope=SCOPE, locations=['mlkd.proposals.generators'])
#: Formats of proposal files of others.
PROPOSAL_FORMATS = Registry('proposal format', scope=SCOPE, locations=['mlkd.proposals.formats'])

# Little or nothing of mlkd's own is in these; they are here because MMEngine warns about every registry
# that has no child of the default scope, and about one of a scope in its table that names no place to import from.
OPTIM_WRAPPERS = Registry('optim_wrapper', parent=mmdet_registry.OPTIM_WRAPPERS, scope=SCOPE, locations=['mlkd.engine'])
OPTIMIZERS = Registry('optimizer', parent=mmdet_registry.OPTIMIZERS, scope=SCOPE, locations=['mlkd'])
PARAM_SCHEDULERS = Registry(
    'parameter scheduler', parent=mmdet_registry.PARAM_SCHEDULERS, scope=SCOPE, locations=['mlkd.engine']
)
LOG_PROCESSORS = Registry('log_processor', parent=mmdet_registry.LOG_PROCESSORS, scope=SCOPE, locations=['mlkd'])
EVALUATOR = Registry('evaluator', parent=mmdet_registry.EVALUATOR, scope=SCOPE, locations=['mlkd'])
MODEL_WRAPPERS = Registry('model_wrapper', parent=mmdet_registry.MODEL_WRAPPERS, scope=SCOPE, locations=['mlkd'])
TASK_UTILS = Registry('task util', parent=mmdet_registry.TASK_UTILS, scope=SCOPE, locations=['mlkd'])
VISBACKENDS = Registry('vis_backend', parent=mmdet_registry.VISBACKENDS, scope=SCOPE, locations=['mlkd'])
STRATEGIES = Registry('strategy', parent=mmengine_registry.STRATEGIES, scope=SCOPE, locations=['mlkd.engine'])
FUNCTIONS = Registry('function', parent=mmengine_registry.FUNCTIONS, scope=SCOPE, locations=['mlkd'])
