"""Where the student sees the labels before and after distillation, and where its teacher does, on the same photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlkd.apis.cam_pictures import SeenClasses
from mlkd.apis.runs.networks import AFTER, BEFORE, RunNetwork
from mlkd.apis.runs.scored_images import ScoredImages
from mlkd.errors import DataError, MLKDError
from mlkd.fileio import printable
from mlkd.visualization import Card, NamedBox, Photo, TextTable, best_boxes, heat_over, jpeg, shrunk, with_boxes

#: Longer side of photos and of maps, in pixels.
_LEAD, _MAP = 480, 260
#: Labels whose maps are drawn, and labels beside those in the photo whose scores are listed, at most.
_LABELS, _OTHERS = 3, 2
NOTE = (
    'Colour: where a network sees the label, each map divided by its own maximum. Of a network without class maps of '
    'its own it is that of gradients (Grad-CAM), of a detector the sum of the scores of its proposals. White boxes: '
    'the annotated objects. In colour: the best box of each label that the teacher finds likely.'
)


@dataclass(frozen=True)
class Choice:
    """A photo to show.

    Attributes:
        row: Among the scored images.
        reason: Why this one.
    """

    row: int
    reason: str


def chosen_photos(scored: ScoredImages, before: str | None, after: str | None, count: int, seed: int) -> list[Choice]:
    """A third each: where the student gained most by distillation, where it lost most, and at random.

    What is gained is the rise of the margin, the mean score of the labels that are in the image less the highest
    score of one that is not. Images without labels are not shown. Without both scores all are drawn at random.

    Args:
        scored: The images.
        before: Row of the student before distillation.
        after: Row of the student after it.
        count: How many, at most.
        seed: Draws those at random.
    """
    rows = np.flatnonzero((scored.labels == 1).any(axis=1))
    chosen: dict[int, str] = {}
    if before is not None and after is not None and {before, after} <= scored.scores.keys():
        gain = margins(scored.scores[after], scored.labels) - margins(scored.scores[before], scored.labels)
        order = rows[np.argsort(-gain[rows], kind='stable')]
        most, least = (count + 2) // 3, (count + 1) // 3
        chosen.update({int(row): f'gains most, {gain[row]:+.2f}' for row in order[:most] if gain[row] > 0})
        chosen.update({int(row): f'loses most, {gain[row]:+.2f}' for row in order[::-1][:least] if gain[row] < 0})
    for row in np.random.default_rng(seed).permutation(rows):
        if len(chosen) >= count:
            break
        chosen.setdefault(int(row), 'at random')
    return [Choice(row, reason) for row, reason in chosen.items()]


def margins(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of each image, the mean score of its labels less the highest score of a label that it does not have.

    Args:
        scores: (N, K).
        labels: (N, K); ignored ones (-1) count as neither.

    Returns:
        (N,); NaN for images without labels.
    """
    present, absent = labels == 1, labels == 0
    counts = present.sum(axis=1)
    own = np.divide((scores * present).sum(axis=1), counts, out=np.full(len(scores), np.nan), where=counts > 0)
    return own - np.where(absent, scores, 0).max(axis=1, initial=0)


def choice_note(scored: ScoredImages, count: int, seed: int, both: bool) -> str:
    """By which rule the photos were chosen."""
    if not both:
        return f'{count} photos at random (seed {seed}) from {scored.source}.'
    return (
        f'{count} photos from {scored.source}, a third each: where the student gains most by distillation, where it '
        f'loses most, and at random (seed {seed}). What is gained: the rise of the mean score of the labels in the '
        'photo, less the highest score of a label that is not.'
    )


def seen_cards(
    networks: Sequence[RunNetwork], scored: ScoredImages, choices: Sequence[Choice]
) -> tuple[list[Card], list[str]]:
    """A card for each photo, in which the networks stand side by side.

    Args:
        networks: Of the run.
        scored: The images, with photos.
        choices: Which of them.

    Returns:
        The cards, and what is wrong with photos or networks, which are then left out.
    """
    assert scored.photos is not None
    cards, left, reasons = [], list(networks), []
    for choice in choices:
        try:
            image = scored.photos.image(choice.row)
        except DataError as error:
            reasons.append(f'A photo is not shown: {error.what} ({error.where})')
            continue
        views = []
        for one in list(left):
            try:
                views.append(_view(one, image, str(scored.photos.entry(choice.row)['img_key'])))
            except MLKDError as error:
                left.remove(one)
                reasons.append(f'{one.row} is not shown: {error.what}')
        if views:
            cards.append(_card(views, image, scored, choice))
    return cards, reasons


@dataclass(frozen=True)
class _View:
    """What a network makes of a photo."""

    network: RunNetwork
    seen: SeenClasses
    boxes: Sequence[NamedBox]

    @property
    def head(self) -> str:
        """The network as a head calls it: its role, where it has one, and its row."""
        role, row = self.network.role, self.network.row
        return f'{role}: {row}' if role in (BEFORE, AFTER) else row


def _view(one: RunNetwork, image: np.ndarray, key: str) -> _View:
    packed = one.pipeline(image, key)
    boxes = teacher_boxes(one.network.predict(packed), one.classes) if one.network.needs_proposals else []
    return _View(one, one.seen(packed), boxes)


def _card(views: Sequence[_View], image: np.ndarray, scored: ScoredImages, choice: Choice) -> Card:
    assert scored.photos is not None
    entry, number = scored.photos.entry(choice.row), f'{choice.row:06d}'
    present = np.flatnonzero(scored.labels[choice.row] == 1).tolist()
    maps = [_map(image, view, k, scored.classes[k], number) for k in present[:_LABELS] for view in views]
    boxes = [box for view in views for box in view.boxes]
    objects = np.array([item['bbox'] for item in entry.get('instances') or ()], np.float64).reshape(-1, 4)
    names = ', '.join(scored.classes[k] for k in present)
    found = f'; best boxes of the teacher: {", ".join(box.text for box in boxes)}' if boxes else ''
    lead = Photo(f'{number}.jpg', jpeg(with_boxes(image, boxes, objects, _LEAD)), f'Photo with {names}{found}')
    more = f', maps of the first {_LABELS}' if len(present) > _LABELS else ''
    title = f'{printable(str(entry["img_key"]).rpartition("/")[2])}: {names}{more} ({choice.reason})'
    return Card(title, maps, columns=len(views), lead=lead, table=_scores_table(views, scored, choice.row))


def teacher_boxes(sample: Any, classes: Sequence[str]) -> list[NamedBox]:
    """The best boxes of a detector's prediction, in pixels of the image."""
    boxes, labels, scores = (sample.pred_instances[key].numpy() for key in ('bboxes', 'labels', 'scores'))
    best = best_boxes(boxes, labels, scores, sample.pred_score.numpy())
    return [NamedBox(boxes[i].tolist(), f'{classes[int(labels[i])]} {scores[i]:.2f}') for i in best]


def _map(image: np.ndarray, view: _View, k: int, name: str, number: str) -> Photo:
    (one,) = view.seen.class_maps([k], None)
    score = f'{name} {view.seen.scores[k]:.2f}{"" if one.highest > 0 else ", nowhere"}'
    picture = heat_over(shrunk(image, _MAP), shrunk(one.heat, _MAP))
    file = f'{number}_{k}_{view.network.role}.jpg'
    return Photo(file, jpeg(picture), f'Where {view.head} sees {score}', (score, view.head))


def _scores_table(views: Sequence[_View], scored: ScoredImages, row: int) -> TextTable:
    """Scores of the labels in the photo, and of the likeliest others."""
    labels, words = scored.labels[row], {1: 'yes', 0: 'no', -1: 'left open'}
    present = np.flatnonzero(labels == 1).tolist()
    last = next((view.seen for view in views if view.network.role == AFTER), views[0].seen)
    others = [int(k) for k in np.argsort(-last.scores, kind='stable') if labels[k] != 1][:_OTHERS]
    rows = tuple(
        (scored.classes[k], words[int(labels[k])], *(f'{view.seen.scores[k]:.2f}' for view in views))
        for k in (*present, *others)
    )
    return TextTable('Scores', ('label', 'in the photo', *(view.head for view in views)), rows)
