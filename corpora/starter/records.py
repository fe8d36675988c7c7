# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tables as lists of dictionaries: reading, joining, grouping and checking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]


class SchemaError(ValueError):
    """A row that does not have the promised shape.

    Field and reason are kept apart so that a form can show the reason beside
    its field.

    Args:
        field: The name of the offending field.
        reason: What is wrong with it.

    Examples:
        >>> SchemaError("age", "missing").field
        'age'
        >>> str(SchemaError("age", "missing"))
        'age: missing'
        >>> raise SchemaError("zip", "too long")
        Traceback (most recent call last):
        ...
        records.SchemaError: zip: too long
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


def split_csv_line(line: str, separator: str = ",") -> list[str]:
    """Split one line of comma-separated values.

    Quotes protect separators, and a doubled quote inside them is a literal one,
    as spreadsheets write it.

    Args:
        line: The line without its end.
        separator: The character between fields.

    Returns:
        The fields without their quotes.

    Raises:
        ValueError: If a quote is never closed.

    Examples:
        >>> split_csv_line('a,"b,c",d')
        ['a', 'b,c', 'd']
        >>> split_csv_line('"say ""hi"" now",')
        ['say "hi" now', '']
        >>> split_csv_line("")
        ['']
        >>> split_csv_line("x;y", separator=";")
        ['x', 'y']
        >>> split_csv_line('a,"b')
        Traceback (most recent call last):
        ...
        ValueError: quote left open in field 2
    """
    fields: list[str] = []
    field = ""
    quoted = False
    position = 0
    while position < len(line):
        letter = line[position]
        if letter == '"':
            if quoted and line[position + 1:position + 2] == '"':
                # The pair counts as one literal quote, so step over its twin.
                field += '"'
                position += 1
            else:
                quoted = not quoted
        elif letter == separator and not quoted:
            fields.append(field)
            field = ""
        else:
            field += letter
        position += 1
    if quoted:
        raise ValueError(f"quote left open in field {len(fields) + 1}")
    return fields + [field]


def parse_table(text: str) -> list[Row]:
    """Read a small table whose first line names the columns.

    Numbers become integers, empty cells become None, and short lines lack their
    last columns instead of failing.

    Args:
        text: The lines of the table; blank ones are skipped.

    Returns:
        One dictionary for each line.

    Examples:
        >>> parse_table("name,age\\nann,31\\nbob,")
        [{'name': 'ann', 'age': 31}, {'name': 'bob', 'age': None}]
        >>> parse_table("a,b\\n\\n-5")
        [{'a': -5}]
        >>> parse_table("only,head")
        []
        >>> parse_table("")
        []
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    names = split_csv_line(lines[0])
    rows: list[Row] = []
    for line in lines[1:]:
        row: Row = {}
        for name, cell in zip(names, split_csv_line(line)):
            if cell.lstrip("-").isdigit():
                row[name] = int(cell)
            else:
                row[name] = cell or None
        rows.append(row)
    return rows


def group_rows(rows: Iterable[Row], field: str) -> dict[Any, list[Row]]:
    """Collect rows that agree in one field.

    Unlike ``itertools.groupby`` this does not need sorted input. Groups appear
    in the order of their first row.

    Args:
        rows: The rows to distribute.
        field: The field to compare; rows without it form a group of their own.

    Returns:
        The rows of each value.

    Examples:
        >>> group_rows([{"k": 1, "v": "a"}, {"k": 2}, {"k": 1}], "k")
        {1: [{'k': 1, 'v': 'a'}, {'k': 1}], 2: [{'k': 2}]}
        >>> group_rows([], "k")
        {}
        >>> group_rows([{"x": 1}], "k")
        {None: [{'x': 1}]}
        >>> list(group_rows([{"k": "b"}, {"k": "a"}], "k"))
        ['b', 'a']
    """
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get(field), []).append(row)
    return groups


def aggregate(
    rows: Iterable[Row], by: str, field: str, function: Callable[[list[Any]], Any]
) -> dict[Any, Any]:
    """Reduce one field of each group to a single value.

    Missing values are left out before reducing, because ``sum`` and ``max``
    cannot deal with them; a group without any value is left out as well.

    Args:
        rows: The rows to summarize.
        by: The field that makes the groups.
        field: The field to reduce.
        function: What turns the list of values into one.

    Returns:
        One value for each group.

    Examples:
        >>> sales = [{"shop": "n", "eur": 5}, {"shop": "s", "eur": 2},
        ...          {"shop": "n", "eur": 7}, {"shop": "e"}]
        >>> aggregate(sales, "shop", "eur", sum)
        {'n': 12, 's': 2}
        >>> aggregate(sales, "shop", "eur", max)
        {'n': 7, 's': 2}
        >>> aggregate(sales, "shop", "eur", len)
        {'n': 2, 's': 1}
        >>> aggregate([], "shop", "eur", sum)
        {}
    """
    result: dict[Any, Any] = {}
    for key, members in group_rows(rows, by).items():
        values = [row[field] for row in members if row.get(field) is not None]
        if values:
            result[key] = function(values)
    return result


def join_rows(
    left: list[Row], right: list[Row], field: str, keep_unmatched: bool = False
) -> list[Row]:
    """Combine the rows of two tables that agree in one field.

    The right table is indexed once, so the cost grows with the sum of both
    sizes and not with their product.

    Args:
        left: The rows that set the order.
        right: The rows to look up.
        field: The field that must agree.
        keep_unmatched: Whether left rows without a partner stay.

    Returns:
        Merged rows, in which the right row wins in case of conflict.

    Examples:
        >>> people = [{"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}]
        >>> join_rows(people, [{"id": 1, "city": "Ulm"}], "id")
        [{'id': 1, 'name': 'ann', 'city': 'Ulm'}]
        >>> len(join_rows(people, [], "id", keep_unmatched=True))
        2
        >>> join_rows([{"id": 1}], [{"id": 1, "n": 5}, {"id": 1, "n": 6}], "id")
        [{'id': 1, 'n': 5}, {'id': 1, 'n': 6}]
        >>> join_rows([], people, "id")
        []
    """
    index = group_rows(right, field)
    joined: list[Row] = []
    for row in left:
        partners = index.get(row[field], [])
        for partner in partners:
            joined.append({**row, **partner})
        if not partners and keep_unmatched:
            # A copy, or a later change of the result would change the input.
            joined.append(dict(row))
    return joined


def pivot(rows: list[Row], row_field: str, column_field: str, value: str) -> list[list]:
    """Turn a long table into a grid with one line for each row key.

    Cells with several rows hold their sum and cells without any hold zero, so
    that the grid has no holes.

    Args:
        rows: The long table.
        row_field: The field whose values become lines.
        column_field: The field whose values become columns.
        value: The field with the numbers.

    Returns:
        A heading line followed by the lines, keys sorted.

    Examples:
        >>> pivot([{"m": "jan", "s": "b", "n": 1}, {"m": "feb", "s": "a", "n": 2},
        ...        {"m": "jan", "s": "b", "n": 4}], "m", "s", "n")
        [['m', 'a', 'b'], ['feb', 2, 0], ['jan', 0, 5]]
        >>> pivot([], "m", "s", "n")
        [['m']]
        >>> pivot([{"x": 1, "y": 2, "z": 3}], "x", "y", "z")
        [['x', 2], [1, 3]]
    """
    cells: dict[tuple[Any, Any], int] = {}
    for row in rows:
        key = (row[row_field], row[column_field])
        cells[key] = cells.get(key, 0) + row[value]
    columns = sorted({column for _, column in cells})
    grid: list[list] = [[row_field, *columns]]
    # Sorting the sets of keys removes their arbitrary order.
    for name in sorted({name for name, _ in cells}):
        grid.append([name, *(cells.get((name, column), 0) for column in columns)])
    return grid


def drop_duplicates(rows: list[Row], fields: list[str], keep: str = "first") -> list[Row]:
    """Keep one row of those that agree in several fields.

    Args:
        rows: The rows in order.
        fields: The fields that identify a row.
        keep: Either ``first`` or ``last``.

    Returns:
        The remaining rows in their order.

    Raises:
        ValueError: For any other policy.

    Examples:
        >>> log = [{"id": 1, "v": "old"}, {"id": 2, "v": "x"}, {"id": 1, "v": "new"}]
        >>> drop_duplicates(log, ["id"])
        [{'id': 1, 'v': 'old'}, {'id': 2, 'v': 'x'}]
        >>> drop_duplicates(log, ["id"], keep="last")
        [{'id': 2, 'v': 'x'}, {'id': 1, 'v': 'new'}]
        >>> len(drop_duplicates(log, ["id", "v"]))
        3
        >>> drop_duplicates([], [], keep="any")
        Traceback (most recent call last):
        ...
        ValueError: cannot keep 'any'
    """
    if keep not in ("first", "last"):
        raise ValueError(f"cannot keep {keep!r}")
    # Walking backwards turns the last row into the first one met.
    ordered = rows if keep == "first" else rows[::-1]
    seen: set[tuple] = set()
    kept: list[Row] = []
    for row in ordered:
        key = tuple(row.get(field) for field in fields)
        if key not in seen:
            seen.add(key)
            kept.append(row)
    return kept if keep == "first" else kept[::-1]


def check_row(row: Row, schema: dict[str, type]) -> Row:
    """Check a row against the types it should have, and convert digits.

    Only text that is a plain number is converted; anything cleverer would hide
    errors of the program that wrote the row.

    Args:
        row: The row to check.
        schema: The type of each field. A question mark behind a name makes the
            field optional.

    Returns:
        A new row in the order of the schema, with None for absent fields.

    Raises:
        SchemaError: For a missing, mistyped or unknown field.

    Examples:
        >>> check_row({"age": "31", "name": "ann"}, {"name": str, "age": int})
        {'name': 'ann', 'age': 31}
        >>> check_row({"n": 1}, {"n": int, "note?": str})
        {'n': 1, 'note': None}
        >>> check_row({}, {"n": int})
        Traceback (most recent call last):
        ...
        records.SchemaError: n: missing
        >>> check_row({"n": "many"}, {"n": int})
        Traceback (most recent call last):
        ...
        records.SchemaError: n: expected int, not str
        >>> check_row({"n": 1, "m": 2}, {"n": int})
        Traceback (most recent call last):
        ...
        records.SchemaError: m: unknown
    """
    checked: Row = {}
    for key, expected in schema.items():
        name = key.rstrip("?")
        value = row.get(name)
        if expected is int and isinstance(value, str) and value.isdigit():
            value = int(value)
        if value is None and key == name:
            raise SchemaError(name, "missing")
        if value is not None and not isinstance(value, expected):
            found = type(value).__name__
            raise SchemaError(name, f"expected {expected.__name__}, not {found}")
        checked[name] = value
    for name in row:
        if name not in checked:
            raise SchemaError(name, "unknown")
    return checked


def top_rows(rows: list[Row], field: str, count: int) -> list[Row]:
    """Return the rows with the greatest values, ties included.

    Cutting between equal values would be unfair to whoever comes second by
    accident, so the result may be longer than asked for.

    Args:
        rows: The candidates.
        field: The field to compare.
        count: How many rows to return at least, if there are as many.

    Returns:
        The rows, greatest first; equal ones keep their order.

    Examples:
        >>> top_rows([{"n": 3}, {"n": 9}, {"n": 5}], "n", 2)
        [{'n': 9}, {'n': 5}]
        >>> top_rows([{"n": 1, "k": "a"}, {"n": 1, "k": "b"}, {"n": 0}], "n", 1)
        [{'n': 1, 'k': 'a'}, {'n': 1, 'k': 'b'}]
        >>> top_rows([{"n": 1}], "n", 5)
        [{'n': 1}]
        >>> top_rows([{"n": 1}], "n", 0)
        []
    """
    ordered = sorted(rows, key=lambda row: row[field], reverse=True)
    if count <= 0:
        return []
    if count >= len(ordered):
        return ordered
    limit = ordered[count - 1][field]
    return [row for row in ordered if row[field] >= limit]


def compare_tables(
    before: list[Row], after: list[Row], key: str
) -> dict[str, list[Any]]:
    """Tell which rows were added, removed or changed between two versions.

    Args:
        before: The old rows.
        after: The new rows.
        key: The field that identifies a row in both.

    Returns:
        The keys of the rows by kind of change.

    Examples:
        >>> compare_tables([{"id": 1, "n": 5}, {"id": 2}],
        ...                [{"id": 1, "n": 6}, {"id": 3}], "id")
        {'added': [3], 'removed': [2], 'changed': [1]}
        >>> compare_tables([{"id": 1}], [{"id": 1}], "id")
        {'added': [], 'removed': [], 'changed': []}
        >>> compare_tables([], [{"id": "b"}, {"id": "a"}], "id")["added"]
        ['b', 'a']
    """
    old = {row[key]: row for row in before}
    new = {row[key]: row for row in after}
    changes: dict[str, list[Any]] = {"added": [], "removed": [], "changed": []}
    for name, row in new.items():
        if name not in old:
            changes["added"].append(name)
        elif row != old[name]:
            changes["changed"].append(name)
    changes["removed"] = [name for name in old if name not in new]
    return changes
