# The recipe with the detections of a supervised detector as proposals, as in the paper's Table 5; train that first:
#   tools/train.py configs/det/faster_rcnn_mobilenetv1_voc07.py --work-dir work_dirs/faster_rcnn
_base_ = ['./wsddn_mobilenetv1_voc07.py']

proposals = {
    'generator': {
        '_delete_': True,
        'type': 'DetectorProposals',
        'config': 'configs/det/faster_rcnn_mobilenetv1_voc07.py',
        'checkpoint': 'work_dirs/faster_rcnn/epoch_6.pth',
        'boxes': 'final',
    }
}
teacher = {'table_row': 'T-WDet, proposals of Faster R-CNN'}
student = {'table_row': 'S-Cls (w/), proposals of Faster R-CNN'}
