"""The tables of what says where objects are: boxes and class maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlkd.apis.runs.rows import Row
from mlkd.visualization import TextTable

#: Columns of the table of boxes, and the ends of the keys that they stand for: prefix of the metric, number.
BOX_COLUMNS = {
    'VOC mAP': ('det', 'mAP50'),
    'VOC mAP, 11 points': ('det', 'mAP50_11point'),
    'COCO AP': ('coco', 'AP'),
    'COCO AP50': ('coco', 'AP50'),
    'CorLoc': ('corloc', 'CorLoc'),
    'CorLoc, with difficult': ('corloc', 'CorLoc_with_difficult'),
}
#: Columns of the table of class maps, likewise.
CAM_COLUMNS = {
    'pointing': ('cam', 'pointing'),
    'pointing, hard': ('cam', 'pointing_hard'),
    'CorLoc of CAM boxes': ('cam', 'CorLoc'),
    'at the best share': ('cam', 'CorLoc_best'),
    'BoxAcc': ('cam', 'BoxAcc'),
    'empty maps': ('cam', 'empty'),
    'mIoU': ('seg', 'mIoU'),
    'at the best threshold': ('seg', 'mIoU_best'),
    'pointing, masks': ('seg', 'pointing'),
}
_FLOORS = {'': '', '_image': 'the whole image, scored by ', '_proposal': 'the best proposal, scored by '}


def box_table(
    rows: Sequence[Row], title: str, columns: Mapping[str, tuple[str, str]] = BOX_COLUMNS
) -> TextTable | None:
    """Where the objects are found: a row per network whose boxes were measured, and one for each floor; None without
    any.

    Percent; over several seeds mean and standard deviation. Columns that no row has are left out.

    Args:
        rows: Of the networks.
        title: Of the table.
        columns: Its columns; with :data:`CAM_COLUMNS` it is that of class maps.
    """
    body = {}
    for row in rows:
        for floor, name in _FLOORS.items():
            cells = {head: row.text(f'{start}{floor}/{number}') for head, (start, number) in columns.items()}
            if set(cells.values()) != {'-'}:
                body[f'{name}{row.label}'] = {'mAP': '-' if floor else row.text('mAP'), **cells}
    shown = [head for head in columns if any(cells[head] != '-' for cells in body.values())]
    if not body:
        return None
    lines = tuple((name, *(cells[head] for head in ('mAP', *shown))) for name, cells in body.items())
    kind = 'boxes' if columns is BOX_COLUMNS else 'class maps'
    return TextTable(title, (kind, 'mAP of labels', *shown), lines)
