"""The development kit's evaluation, written as its MATLAB files are: loops over single numbers, for tests alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

Box = Sequence[float]
#: (image, score, box), in the order of the results file.
Found = tuple[int, float, Box]
#: (box, difficult), by image, in the order of the annotation.
There = dict[int, list[tuple[Box, bool]]]


def overlap(bb: Box, bbgt: Box) -> float | None:
    """Overlap of boxes whose pixels count from 1 and include the last; None where they do not meet."""
    bi = [max(bb[0], bbgt[0]), max(bb[1], bbgt[1]), min(bb[2], bbgt[2]), min(bb[3], bbgt[3])]
    iw, ih = bi[2] - bi[0] + 1, bi[3] - bi[1] + 1
    if not (iw > 0 and ih > 0):
        return None
    ua = (bb[2] - bb[0] + 1) * (bb[3] - bb[1] + 1) + (bbgt[2] - bbgt[0] + 1) * (bbgt[3] - bbgt[1] + 1) - iw * ih
    return iw * ih / ua


def evaluate(found: list[Found], there: There, least: float = 0.5) -> tuple[list[int], list[int], int]:
    """``VOCevaldet.m``: true and false positives in the order of falling confidence, and how many objects count."""
    npos = sum(not difficult for objects in there.values() for _, difficult in objects)
    taken = {(image, j): False for image, objects in there.items() for j in range(len(objects))}
    tp, fp = [], []
    for image, _, bb in sorted(found, key=lambda item: -item[1]):
        ovmax, jmax = -math.inf, -1
        for j, (bbgt, _) in enumerate(there.get(image, [])):
            ov = overlap(bb, bbgt)
            if ov is not None and ov > ovmax:
                ovmax, jmax = ov, j
        hit, wrong = 0, 0
        if ovmax >= least:
            if not there[image][jmax][1]:
                if not taken[image, jmax]:
                    hit = 1
                    taken[image, jmax] = True
                else:
                    wrong = 1
        else:
            wrong = 1
        tp.append(hit)
        fp.append(wrong)
    return tp, fp, npos


def curve(tp: list[int], fp: list[int], npos: int) -> tuple[list[float], list[float]]:
    """Recall and precision at each detection; no precision (0 / 0) is NaN, which MATLAB's ``max`` passes over."""
    rec, prec, t, f = [], [], 0, 0
    for hit, wrong in zip(tp, fp, strict=True):
        t, f = t + hit, f + wrong
        rec.append(t / npos)
        prec.append(t / (t + f) if t + f else math.nan)
    return rec, prec


def area(rec: list[float], prec: list[float]) -> float:
    """``VOCap.m`` of 2010 to 2012."""
    mrec, mpre = [0.0, *rec, 1.0], [0.0, *prec, 0.0]
    for i in range(len(mpre) - 2, -1, -1):
        mpre[i] = mpre[i + 1] if math.isnan(mpre[i]) else max(mpre[i], mpre[i + 1])
    return sum((mrec[i] - mrec[i - 1]) * mpre[i] for i in range(1, len(mrec)) if mrec[i] != mrec[i - 1])


def eleven_points(rec: list[float], prec: list[float]) -> float:
    """The end of ``VOCevaldet.m`` of 2007, with the numbers that ``0:0.1:1`` gives in MATLAB."""
    ap = 0.0
    for t in (0, 0.1, 0.2, 0.1 * 3, 0.4, 0.5, 1 - 0.4, 1 - 0.1 * 3, 0.8, 0.9, 1):
        at_least = [p for r, p in zip(rec, prec, strict=True) if r >= t and not math.isnan(p)]
        ap += (max(at_least) if at_least else 0.0) / 11
    return ap


def exact_overlap(a: Box, b: Box) -> Fraction:
    """Of boxes on whole pixels that end at x2 and y2, in whole numbers: by counting pixels."""
    pixels = [{(x, y) for x in range(c[0], c[2]) for y in range(c[1], c[3])} for c in (a, b)]
    return Fraction(len(pixels[0] & pixels[1]), len(pixels[0] | pixels[1]))
