"""One table, written for the terminal, as Markdown and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class TextTable:
    """A table of text.

    Attributes:
        title: What it shows.
        columns: Heads of the columns; the first column names the rows.
        rows: As many cells each as there are columns.
        best: Index of the row to set in bold, or None.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    best: int | None = None

    def markdown(self) -> str:
        """The table alone, without its title, in Markdown (GitHub's)."""
        lines = [self.columns, tuple('---' if index == 0 else '---:' for index in range(len(self.columns)))]
        for index, row in enumerate(self.rows):
            cells = tuple(cell.replace('|', '\\|') for cell in row)
            lines.append(tuple(f'**{cell}**' for cell in cells) if index == self.best else cells)
        return '\n'.join(f'| {" | ".join(line)} |' for line in lines) + '\n'

    def html(self) -> str:
        """The table with its title as caption, in HTML."""
        head = ''.join(f'<th>{escape(column)}</th>' for column in self.columns)
        body = []
        for index, row in enumerate(self.rows):
            cells = ''.join(f'<td>{escape(cell)}</td>' for cell in row)
            body.append(f'<tr{" class=best" if index == self.best else ""}>{cells}</tr>')
        return (
            f'<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead>'
            f'<tbody>{"".join(body)}</tbody></table>'
        )

    def rich(self) -> Table:
        """The table for the terminal."""
        table = Table(title=Text(self.title), title_justify='left')
        for index, column in enumerate(self.columns):
            # Where the terminal is too narrow, text goes on in the next line: nothing is cut off.
            table.add_column(Text(column), justify='left' if index == 0 else 'right', overflow='fold')
        for index, row in enumerate(self.rows):
            table.add_row(*map(Text, row), style='bold' if index == self.best else '')
        return table
