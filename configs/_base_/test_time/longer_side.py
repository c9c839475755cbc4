# What WSDDN's release tests with (tools/test.py --tta): five lengths of the longer side, each mirrored too.
tta_model = {'type': 'WSDDNTTAModel'}
tta_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 2000, 'min_size': 20, 'distinct': True},
    {
        'type': 'TestTimeAug',
        'transforms': [
            [{'type': 'ResizeLongSide', 'sizes': size} for size in (480, 576, 688, 864, 1200)],
            [{'type': 'MirrorFlip', 'prob': prob} for prob in (0.0, 1.0)],
            [{'type': 'PackMultiLabel'}],
        ],
    },
]
