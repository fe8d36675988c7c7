# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writing, repairing and understanding lines of delimited text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class UnclosedQuote(ValueError):
    """A quoted field whose closing quote never comes.

    The line number is kept because the quote was opened long before the end
    of the file, where the problem is noticed.

    >>> UnclosedQuote(3).line_number
    3
    >>> str(UnclosedQuote(12))
    'quote opened on line 12 is never closed'
    >>> isinstance(UnclosedQuote(1), ValueError)
    True
    >>> raise UnclosedQuote(2)
    Traceback (most recent call last):
    ...
    csv_lines.UnclosedQuote: quote opened on line 2 is never closed
    """

    def __init__(self, line_number: int) -> None:
        super().__init__(f"quote opened on line {line_number} is never closed")
        self.line_number = line_number


def quote_field(value: object, separator: str = ",") -> str:
    """Write one value so that a reader gets it back unchanged.

    Quotes are added only where they are needed, which keeps ordinary files
    readable. Missing values become an empty field, and an empty text becomes
    a quoted one, so that the two can be told apart.

    >>> quote_field("plain")
    'plain'
    >>> quote_field("a,b")
    '"a,b"'
    >>> quote_field('6" pipe')
    '"6"" pipe"'
    >>> quote_field(None), quote_field("")
    ('', '""')
    >>> quote_field("a,b", separator=";")
    'a,b'
    >>> quote_field(" padded")
    '" padded"'
    """
    if value is None:
        return ""
    text = str(value)
    special = (separator, '"', "\n", "\r")
    # Many readers trim blanks, so blanks at the ends need protection as well.
    needs_quotes = text != text.strip() or any(mark in text for mark in special)
    if text and not needs_quotes:
        return text
    return '"' + text.replace('"', '""') + '"'


def format_lines(header: list[str], rows: Iterable[dict[str, object]]) -> list[str]:
    """Turn records into delimited lines under a fixed header.

    A record may lack fields but must not bring unknown ones: dropping a value
    without a word is how data gets lost.

    >>> format_lines(["id", "name"], [{"id": 1, "name": "Ann"}])
    ['id,name', '1,Ann']
    >>> format_lines(["a", "b"], [{"b": "x,y"}])
    ['a,b', ',"x,y"']
    >>> format_lines(["only"], [])
    ['only']
    >>> format_lines(["a"], [{"a": 1}, {"a": 2, "z": 3}])
    Traceback (most recent call last):
    ...
    KeyError: "record 2 has unknown fields: ['z']"
    """
    lines = [",".join(quote_field(name) for name in header)]
    for number, row in enumerate(rows, start=1):
        unknown = sorted(set(row) - set(header))
        if unknown:
            raise KeyError(f"record {number} has unknown fields: {unknown}")
        # The header decides the order, whatever the order of the record is.
        lines.append(",".join(quote_field(row.get(name)) for name in header))
    return lines


def logical_lines(lines: Iterable[str]) -> Iterator[str]:
    """Glue physical lines together while a quoted field is still open.

    A quoted field may contain line breaks, so a record can reach over several
    lines. Doubled quotes add two to the count and leave its parity alone.

    >>> list(logical_lines(["a,b", "c,d"]))
    ['a,b', 'c,d']
    >>> list(logical_lines(['1,"two', 'lines"', "2,one"]))
    ['1,"two\\nlines"', '2,one']
    >>> list(logical_lines(['"say ""hi"" now"']))
    ['"say ""hi"" now"']
    >>> list(logical_lines([]))
    []
    >>> list(logical_lines(["fine", '"open', "end"]))
    Traceback (most recent call last):
    ...
    csv_lines.UnclosedQuote: quote opened on line 2 is never closed
    """
    pending: list[str] = []
    opened_at = 0
    is_open = False
    for number, line in enumerate(lines, start=1):
        if not is_open:
            opened_at = number
        pending.append(line)
        # An odd number of quotes flips between inside and outside.
        if line.count('"') % 2 == 1:
            is_open = not is_open
        if not is_open:
            yield "\n".join(pending)
            pending = []
    if pending:
        raise UnclosedQuote(opened_at)


def guess_separator(lines: list[str], candidates: str = ",;\t|") -> str:
    """Find the separator of a file from a few sample lines.

    A real separator occurs equally often on every line. A comma in prose does
    not, so steadiness counts for more than frequency.

    >>> guess_separator(["a;b;c", "1;2,5;3"])
    ';'
    >>> guess_separator(["x|y", "1|2"])
    '|'
    >>> guess_separator(["a,b", "c,d"], candidates=";,")
    ','
    >>> guess_separator(["a,b;c", "d;e,f,g"])
    ';'
    >>> guess_separator(["single", "column"])
    Traceback (most recent call last):
    ...
    ValueError: no separator occurs equally often on every line
    """
    best = ""
    best_count = 0
    for candidate in candidates:
        counts = [line.count(candidate) for line in lines]
        steady = bool(counts) and min(counts) == max(counts)
        # Strictly more, so that an earlier candidate wins a tie.
        if steady and counts[0] > best_count:
            best, best_count = candidate, counts[0]
    if not best:
        raise ValueError("no separator occurs equally often on every line")
    return best


def split_fixed_width(line: str, widths: list[int]) -> list[str]:
    """Cut a line of a fixed-width report into its trimmed columns.

    Old reports drop blanks at the end of a line, so missing columns are read
    as empty ones. Text beyond the last column is an error, since it shows
    that the widths belong to some other report.

    >>> split_fixed_width("Ann   42", [6, 2])
    ['Ann', '42']
    >>> split_fixed_width("Bo", [4, 4])
    ['Bo', '']
    >>> split_fixed_width("", [])
    []
    >>> split_fixed_width("  7  8  ", [3, 3])
    ['7', '8']
    >>> split_fixed_width("abcdef", [2, 2])
    Traceback (most recent call last):
    ...
    ValueError: text beyond column 4: 'ef'
    """
    fields: list[str] = []
    start = 0
    for width in widths:
        # A slice beyond the end is empty and raises nothing.
        fields.append(line[start : start + width].strip())
        start += width
    if line[start:].strip():
        raise ValueError(f"text beyond column {start}: {line[start:]!r}")
    return fields


def unescape_field(text: str) -> str:
    r"""Undo the backslash escapes of a tab-separated field.

    Tab-separated files know no quotes: tabs and line breaks inside a field
    are written as a backslash and a letter instead.

    >>> unescape_field(r"two\twords")
    'two\twords'
    >>> unescape_field(r"C:\\new")
    'C:\\new'
    >>> unescape_field("plain")
    'plain'
    >>> unescape_field(r"a\nb\nc").count("\n")
    2
    >>> unescape_field(r"\q")
    Traceback (most recent call last):
    ...
    ValueError: unknown escape \q
    >>> unescape_field("end\\")
    Traceback (most recent call last):
    ...
    ValueError: backslash at the end
    """
    meanings = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    result: list[str] = []
    letters = iter(text)
    for letter in letters:
        if letter != "\\":
            result.append(letter)
            continue
        # Taking the next letter here keeps the loop from seeing it again.
        code = next(letters, "")
        if not code:
            raise ValueError("backslash at the end")
        if code not in meanings:
            raise ValueError(f"unknown escape \\{code}")
        result.append(meanings[code])
    return "".join(result)


def unique_headers(names: list[str]) -> list[str]:
    """Give every column a name that no other column has.

    Exported tables repeat headings and leave some empty. A number is added to
    a repeat, and the search goes on when that name is taken as well.

    >>> unique_headers(["id", "name"])
    ['id', 'name']
    >>> unique_headers(["x", "x", "x"])
    ['x', 'x_2', 'x_3']
    >>> unique_headers(["", " Total "])
    ['column_1', 'Total']
    >>> unique_headers(["a_2", "a", "a"])
    ['a_2', 'a', 'a_3']
    >>> unique_headers([])
    []
    """
    used: list[str] = []
    for position, name in enumerate(names, start=1):
        base = name.strip() or f"column_{position}"
        unique = base
        # The first repeat is number two, since the original counts as one.
        suffix = 2
        while unique in used:
            unique = f"{base}_{suffix}"
            suffix += 1
        used.append(unique)
    return used


def column_type(cells: Iterable[str]) -> str:
    """Name the narrowest type that fits every filled cell of a column.

    The guess only ever widens, so one stray word turns a column of numbers
    into text. Leading zeros also mean text: codes would lose them as numbers.

    >>> column_type(["1", "20", "-3"])
    'int'
    >>> column_type(["1", "2.5", ""])
    'float'
    >>> column_type(["007", "12"])
    'text'
    >>> column_type(["yes", "no"])
    'bool'
    >>> column_type(["yes", "3"])
    'text'
    >>> column_type(["", " "])
    'empty'
    """
    found = "empty"
    for cell in cells:
        text = cell.strip()
        if not text:
            continue
        digits = text.lstrip("-")
        if text.lower() in ("yes", "no", "true", "false"):
            kind = "bool"
        elif digits.startswith("0") and digits[1:].isdigit():
            kind = "text"
        elif digits.isdigit():
            kind = "int"
        elif digits.replace(".", "", 1).isdigit():
            kind = "float"
        else:
            kind = "text"
        if found in ("empty", kind):
            found = kind
        # Only the two kinds of numbers can be reconciled with each other.
        elif {found, kind} == {"int", "float"}:
            found = "float"
        else:
            return "text"
    return found


def print_column_report(header: list[str], rows: list[list[str]]) -> int:
    """Print the type and fill of each column and return how many have gaps.

    Short rows count as gaps at their end, since that is what a reader of the
    table would see there.

    >>> print_column_report(["id", "note"], [["1", ""], ["2", "ok"]])
    id: int, 2 of 2 filled
    note: text, 1 of 2 filled
    1
    >>> print_column_report(["a", "b"], [["1.5"]])
    a: float, 1 of 1 filled
    b: empty, 0 of 1 filled
    1
    >>> print_column_report([], [])
    0
    >>> print_column_report(["x"], [["no"], ["yes"]])
    x: bool, 2 of 2 filled
    0
    """
    incomplete = 0
    for position, name in enumerate(header):
        # A row that ends early has nothing at this position.
        cells = [row[position] if position < len(row) else "" for row in rows]
        filled = sum(1 for cell in cells if cell.strip())
        print(f"{name}: {column_type(cells)}, {filled} of {len(rows)} filled")
        if filled < len(rows):
            incomplete += 1
    return incomplete
