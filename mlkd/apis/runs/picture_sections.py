"""The sections of a report that are made of images and of the scores of single images."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from mlkd.apis.runs.cooccurrence_tables import cooccurrence_figure, cooccurrence_note, pair_table
from mlkd.apis.runs.mistake_gallery import MistakeGallery
from mlkd.apis.runs.networks import AFTER, BEFORE, RunNetwork, roles, run_networks
from mlkd.apis.runs.report_parts import Content, Section
from mlkd.apis.runs.scored_images import ScoredImages, of_kept, of_sample, photo_dataset
from mlkd.apis.runs.seen_gallery import NOTE, choice_note, chosen_photos, seen_cards
from mlkd.apis.runs.summaries import StageResult
from mlkd.apis.runs.threshold_tables import kept_scores
from mlkd.apis.setup_config import setup_config
from mlkd.engine.recipe import Recipe
from mlkd.errors import MLKDError
from mlkd.visualization import png

MAPS, MISTAKES, TOGETHER = 'maps', 'mistakes', 'cooccurrence'
#: Head of the section that says what is missing.
NOT_SHOWN = 'Not shown'


@dataclass(frozen=True)
class PictureOptions:
    """What is shown.

    Attributes:
        photos: Photos with class maps; 0: no photos at all, and no network is run.
        data_root: Folder of the data, where it is not the one that the config names.
        seed: Draws what is drawn at random.
        without: Parts to leave out.
    """

    photos: int = 6
    data_root: str | None = None
    seed: int = 0
    without: Collection[str] = ()


class RunPictures:
    """The pictures of one run, as far as its networks and images are at hand.

    Args:
        work_dir: The run's folder.
        results: Of its stages.
        options: What is shown.

    Attributes:
        reasons: Why something is not shown, each a sentence.
    """

    def __init__(self, work_dir: Path, results: Sequence[StageResult], options: PictureOptions) -> None:
        self.results, self.options = [result for result in results if result.run == work_dir], options
        self.reasons: list[str] = []
        self.networks: list[RunNetwork] = []
        self.rows = {role: result.row for role, result in roles(self.results).items()}
        config = self._config(work_dir) if options.photos else None
        if config is not None and not {MAPS, MISTAKES} <= set(options.without):
            self.networks, missing = run_networks(config, self.results)
            self.reasons += missing
        self.scored = self._scored(config)

    def sections(self) -> list[Section]:
        """The sections that can be made; the last says what cannot."""
        sections: list[Section] = []
        photos = self.scored is not None and self.scored.photos is not None
        if photos and MAPS not in self.options.without and self.networks:
            sections += self._maps()
        if photos and MISTAKES not in self.options.without and self._student is not None:
            assert self.scored is not None
            gallery = MistakeGallery(self.scored, self._student)
            sections.append((f'Mistakes of {self._student}', [gallery.table(), gallery.note(), *gallery.cards()]))
        if self._student is not None and TOGETHER not in self.options.without:
            sections.append(self._together(self._student))
        if self.reasons:
            sections.append((NOT_SHOWN, list(dict.fromkeys(self.reasons))))
        return sections

    @property
    def _student(self) -> str | None:
        """The row whose scores are known."""
        row = self.rows.get(AFTER)
        return row if self.scored is not None and row in self.scored.scores else None

    def _config(self, work_dir: Path) -> Config | None:
        name = str(self.results[0].summary.get('config') or 'config.py')
        try:
            return setup_config(work_dir / name, data_root=self.options.data_root)
        except MLKDError as error:
            self.reasons.append(_no_photos(error))
            return None

    def _scored(self, config: Config | None) -> ScoredImages | None:
        """Scores that the run kept, and the images that they are of; else those of some images, made now."""
        kept = kept_scores(self.results)
        dataset = None
        if config is not None:
            recipe = Recipe(config)
            try:
                dataset = photo_dataset(recipe, recipe.student_stage)
                if not kept:
                    return of_sample(self.networks, dataset, self.options.seed)
                return of_kept(kept, dataset)
            except MLKDError as error:
                self.reasons.append(_no_photos(error))
        return of_kept(kept, None) if kept else None

    def _maps(self) -> list[Section]:
        assert self.scored is not None
        before, after = self.rows.get(BEFORE), self.rows.get(AFTER)
        choices = chosen_photos(self.scored, before, after, self.options.photos, self.options.seed)
        cards, reasons = seen_cards(self.networks, self.scored, choices)
        self.reasons += reasons
        both = before in self.scored.scores and after in self.scored.scores
        rule = choice_note(self.scored, len(choices), self.options.seed, both)
        return [('What the networks see', [rule, NOTE, *cards])] if cards else []

    def _together(self, row: str) -> Section:
        assert self.scored is not None
        alt = f'Share of images with one label that have another, in truth and as {row} says'
        content: list[Content] = [('cooccurrence.png', png(cooccurrence_figure(self.scored, row)), alt)]
        pairs = pair_table(self.scored, row)
        content += [pairs] if pairs else []
        return 'Labels together', [*content, cooccurrence_note(self.scored, row)]


def _no_photos(error: MLKDError) -> str:
    parts = [error.what, f'found: {error.found}' if error.found is not None else '', error.fix or '']
    where = f' ({error.where})' if error.where else ''
    return f'Without photos. {parts[0]}{where} {"; ".join(part for part in parts[1:] if part)}'.strip()
