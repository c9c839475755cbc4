# Row Attention transfer of Table 1, added to the student's own loss; stages of VGG16.
pred_term = {
    'type': 'AttentionTransfer',
    'teacher': 'wsd',
    'layers': ['backbone.conv3', 'backbone.conv4', 'backbone.conv5'],
}
