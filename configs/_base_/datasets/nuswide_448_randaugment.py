# NUS-WIDE as ASL and CPSD see it: 448 x 448 whatever the aspect ratio, a hole, two random operations; no mirror.
_base_ = ['./nuswide.py', '../pipelines/square_448_randaugment.py']

train_dataloader = {'batch_size': 24, 'num_workers': 8, 'dataset': {'pipeline': _base_.augmented_448}}
val_dataloader = {'batch_size': 24, 'num_workers': 8, 'dataset': {'pipeline': _base_.plain_448}}
test_dataloader = val_dataloader

# 0.8 as a probability: the threshold of the logits is log(0.8 / 0.2).
val_evaluator = {'_delete_': True, 'type': 'MLGCNMetric', 'threshold': 1.3862943611198906}
test_evaluator = val_evaluator
