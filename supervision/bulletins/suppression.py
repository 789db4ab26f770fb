"""
Cells of fewer than five cases in a table by category and organ: hidden, and not to be worked out (docs/domain.md 12).

The sums by organ and by category are published beside the table. An organ with a small cell is therefore shown without
its categories, all of them. What the sums then still say of a cell of a hidden organ are the bounds of Fréchet, which
no knowledge of other cells can narrow: as long as they leave a small cell open, it stays unknown. Where they do not,
another organ is hidden with the others, in the end all.

A longer period is the sum of the shorter ones in it: an organ that is hidden in one of them is hidden in the other, so
that what is shown of the longer one is a sum of what is shown of the shorter ones, and tells nothing more. Pure Python.
"""

from collections.abc import Collection, Mapping

FEWEST = 5
Cell = tuple[str, str]


def hidden_rows(cells: Mapping[Cell, int], begun: Collection[str] = ()) -> frozenset[str]:
    """
    Return the rows whose cells must not be shown.

    :param cells: counts by row and column; what is left out is none
    :param begun: rows that are hidden in any case, as they are in a period within this one or around it
    """
    totals: dict[str, int] = {}
    for (row, _column), count in cells.items():
        totals[row] = totals.get(row, 0) + count
    hidden = {row for (row, _column), count in cells.items() if 0 < count < FEWEST}
    hidden.update(row for row in begun if row in totals)
    # The smallest goes first: it takes the least from the reader.
    others = sorted((row for row in totals if row not in hidden), key=lambda row: (totals[row], row))
    while hidden and others and not are_safe(cells, hidden):
        hidden.add(others.pop(0))
    return frozenset(totals) if hidden and not are_safe(cells, hidden) else frozenset(hidden)


def are_safe(cells: Mapping[Cell, int], hidden: Collection[str]) -> bool:
    """Say whether what is known of sums leaves open every small cell of the hidden rows."""
    rows: dict[str, int] = dict.fromkeys(hidden, 0)
    columns: dict[str, int] = {}
    for (row, column), count in cells.items():
        if row in rows:
            rows[row] += count
            columns[column] = columns.get(column, 0) + count
    whole = sum(rows.values())
    return all(
        max(0, rows[row] + columns[column] - whole) < min(rows[row], columns[column])
        for (row, column), count in cells.items()
        if row in rows and 0 < count < FEWEST
    )
