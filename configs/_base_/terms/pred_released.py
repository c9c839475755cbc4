# Stage 2 of the released files: cross entropy, one learnt temperature per class; lambda 1.
pred_term = {
    'type': 'PredKD',
    'teacher': 'wsd',
    'num_classes': 80,
    'class_multiplier': 2.0,
    'proposal_multiplier': 2.0,
    'tau': 0.2,
    'loss': 'ce',
    'loss_weight': 1.0,
}
