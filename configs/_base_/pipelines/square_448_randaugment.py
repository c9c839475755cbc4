# Cutout and RandAugment at 448, and the plain view of tests. Resized as torchvision does.
augmented_448 = [
    {'type': 'LoadImage'},
    {'type': 'Warp', 'size': 448, 'antialias': True},
    {'type': 'Cutout', 'factor': 0.5},
    {'type': 'RandAugment'},
    {'type': 'PackMultiLabel'},
]
plain_448 = [step for step in augmented_448 if step['type'] not in ('Cutout', 'RandAugment')]
