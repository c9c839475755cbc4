from __future__ import annotations

from mlkd.engine.parts.group_checkpoint import members, only

CHECKPOINT = {
    'meta': {'iter': 4, 'a-1': 'kept'},
    'state_dict': {'networks.a-1.w': 1, 'networks.b-2.w': 2, 'networks.ab.w': 3},
    'ema_state_dict': {'steps': 4, 'module.networks.a-1.w': 1, 'module.networks.b-2.w': 2},
    'optimizer': {'a-1': {'state': 1}, 'b-2': {'state': 2}, 'ab': {}},
    'param_schedulers': {'a-1': [1], 'b-2': [2], 'ab': []},
    'message_hub': {
        'log_scalars': {'train/a-1.loss_cls': 1, 'train/b-2.loss_cls': 2, 'train/loss': 3, 'val/b-2/mAP': 4},
        'runtime_info': {'iter': 4},
    },
}


def test_members() -> None:
    assert members(CHECKPOINT) == {'a-1', 'b-2', 'ab'}
    assert members({'state_dict': {'backbone.networks.a.w': 1}}) == set()


def test_other_networks_leave_no_trace() -> None:
    kept = only(CHECKPOINT, ['a-1'])
    assert kept == {
        'meta': {'iter': 4, 'a-1': 'kept'},
        'state_dict': {'networks.a-1.w': 1},
        'ema_state_dict': {'steps': 4, 'module.networks.a-1.w': 1},
        'optimizer': {'a-1': {'state': 1}},
        'param_schedulers': {'a-1': [1]},
        'message_hub': {'log_scalars': {'train/a-1.loss_cls': 1, 'train/loss': 3}, 'runtime_info': {'iter': 4}},
    }
    assert only(CHECKPOINT, ['a-1', 'b-2', 'ab']) == CHECKPOINT
