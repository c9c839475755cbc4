"""What each class gains, as Figure 4 of Liu et al. 2018."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from mlkd.errors import MLKDError

from .figures import INK, PALETTE, new_figure, tidy


def gain_plot(names: Sequence[str], gains: Sequence[float], counts: Sequence[int], title: str) -> Figure:
    """Bars of the gain per class, the largest first, with the number of images that have the class.

    Args:
        names: Of the K classes.
        gains: In percentage points of AP.
        counts: Images with the class.
        title: What is compared.

    Returns:
        The figure; wider for more classes.

    Raises:
        MLKDError: If the three are not of one length, or empty.
    """
    if not names or not len(names) == len(gains) == len(counts):
        found = f'{len(names)} names, {len(gains)} gains, {len(counts)} counts'
        raise MLKDError('Names, gains and counts of the classes do not fit each other.', found=found)
    order = sorted(range(len(names)), key=lambda index: (-gains[index], names[index]))
    values = [gains[index] for index in order]
    figure = new_figure(max(6.0, 1.2 + 0.21 * len(names)), 3.8)
    axes = figure.add_subplot()
    bars = axes.bar(range(len(order)), values, color=[PALETTE[0] if value >= 0 else PALETTE[1] for value in values])
    axes.bar_label(bars, labels=[f'{value:.1f}' for value in values], fontsize=6, padding=1, color=INK)
    axes.axhline(0, color=INK, linewidth=0.8)
    labels = [f'{names[index]}  {short_count(counts[index])}' for index in order]
    axes.set_xticks(range(len(order)), labels, rotation=90)
    tidy(axes)
    axes.set_xlim(-0.7, len(order) - 0.3)
    axes.margins(y=0.12)
    axes.set_ylabel('gain in AP (points)', fontsize=8)
    mean, up = sum(values) / len(values), sum(value > 0 for value in values)
    axes.set_title(
        f'{title}: {mean:+.1f} points on average, {up} of {len(values)} classes gain', fontsize=9, loc='left'
    )
    return figure


def short_count(count: int) -> str:
    """A number in few characters.

    >>> [short_count(count) for count in (7, 940, 1049, 45174)]
    ['7', '940', '1.0k', '45k']
    """
    if count < 1000:
        return str(count)
    return f'{count / 1000:.1f}k' if count < 9950 else f'{count / 1000:.0f}k'
