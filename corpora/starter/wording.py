# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shaping text for people: wrapping, aligning, naming and filling in."""

from __future__ import annotations

from collections.abc import Mapping

IRREGULAR_PLURALS = {"child": "children", "person": "people", "mouse": "mice"}


def wrap(text: str, width: int) -> list[str]:
    """Break text into lines that are no wider than a limit.

    Words longer than a whole line are cut, since nothing else would ever fit
    them in.

    Args:
        text: Words separated by any white space.
        width: The greatest number of characters of a line.

    Returns:
        The lines without trailing blanks.

    Examples:
        >>> wrap("the quick brown fox", 10)
        ['the quick', 'brown fox']
        >>> wrap("a bb ccc", 3)
        ['a', 'bb', 'ccc']
        >>> wrap("incomprehensible", 6)
        ['incomp', 'rehens', 'ible']
        >>> wrap("   ", 5)
        []
        >>> wrap("ab cd", 5)
        ['ab cd']
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) <= width:
            line += " " + word
            continue
        if line:
            lines.append(line)
        # Only the last piece of a cut word can share its line with others.
        while len(word) > width:
            lines.append(word[:width])
            word = word[width:]
        line = word
    if line:
        lines.append(line)
    return lines


def justify(words: list[str], width: int) -> str:
    """Spread words over a line so that both margins are straight.

    Gaps that cannot be equal get their extra blanks from the left, as a
    typesetter without finer spaces would do.

    Args:
        words: The words of one line, which must fit.
        width: The width to fill.

    Returns:
        The line, exactly as wide as asked.

    Raises:
        ValueError: If the words with single blanks are wider than the line.

    Examples:
        >>> justify(["to", "be", "or"], 10)
        'to  be  or'
        >>> justify(["a", "b", "c"], 8)
        'a   b  c'
        >>> justify(["alone"], 8)
        'alone   '
        >>> justify(["too", "long"], 5)
        Traceback (most recent call last):
        ...
        ValueError: 8 characters do not fit into 5
    """
    letters = sum(len(word) for word in words)
    gaps = len(words) - 1
    if letters + gaps > width:
        raise ValueError(f"{letters + gaps} characters do not fit into {width}")
    if gaps < 1:
        return "".join(words).ljust(width)
    small, wider = divmod(width - letters, gaps)
    line = words[0]
    for index, word in enumerate(words[1:]):
        line += " " * (small + (index < wider)) + word
    return line


def dedent(text: str) -> str:
    """Remove the indentation that all lines of a text share.

    Blank lines have no say in what is shared, because editors strip them.

    Args:
        text: Lines indented with blanks.

    Returns:
        The same lines moved to the left.

    Examples:
        >>> dedent("    a\\n      b\\n    c")
        'a\\n  b\\nc'
        >>> dedent("x\\n  y")
        'x\\n  y'
        >>> dedent("  one\\n\\n  two")
        'one\\n\\ntwo'
        >>> dedent("")
        ''
    """
    lines = text.split("\n")
    margin: int | None = None
    for line in lines:
        stripped = line.lstrip(" ")
        if stripped:
            indent = len(line) - len(stripped)
            margin = indent if margin is None else min(margin, indent)
    return "\n".join(line[margin or 0:] for line in lines)


def shorten(text: str, width: int, mark: str = "...") -> str:
    """Cut a text in its middle so that both ends stay readable.

    File names differ mostly at their ends, which makes the middle the part that
    readers miss least.

    Args:
        text: The text to cut.
        width: The greatest length of the result.
        mark: What stands for the missing middle.

    Returns:
        The text itself if it is short enough.

    Examples:
        >>> shorten("report-2021-final.pdf", 13)
        'repor...l.pdf'
        >>> shorten("abc", 3)
        'abc'
        >>> shorten("abcdef", 4, mark="~")
        'ab~f'
        >>> shorten("abcdef", 2)
        '..'
    """
    if len(text) <= width:
        return text
    room = width - len(mark)
    if room <= 0:
        # Not even the mark fits, so a piece of it has to do.
        return mark[:width]
    tail = room // 2
    head = room - tail
    return text[:head] + mark + (text[-tail:] if tail else "")


def slugify(title: str) -> str:
    """Turn a title into a name that is safe in web addresses.

    Apostrophes vanish instead of separating, so that contractions stay one
    word; all other signs become one hyphen however many there are.

    >>> slugify("Hello, World!")
    'hello-world'
    >>> slugify("It's  50% off")
    'its-50-off'
    >>> slugify("--")
    ''
    >>> slugify("already-a-slug")
    'already-a-slug'
    """
    slug = ""
    pending = False
    for letter in title.lower().replace("'", ""):
        if letter.isascii() and letter.isalnum():
            # The hyphen waits for a letter, so none can end up at either end.
            if pending and slug:
                slug += "-"
            slug += letter
            pending = False
        else:
            pending = True
    return slug


def split_words(name: str) -> list[str]:
    """Take an identifier of any naming style apart into lower-case words.

    A run of capitals is one abbreviation, except for its last letter when a
    lower-case letter follows.

    >>> split_words("maxLineWidth")
    ['max', 'line', 'width']
    >>> split_words("HTTPServer")
    ['http', 'server']
    >>> split_words("snake_case-name")
    ['snake', 'case', 'name']
    >>> split_words("__init__")
    ['init']
    >>> split_words("")
    []
    """
    words: list[str] = []
    word = ""
    for index, letter in enumerate(name):
        if letter in "_- ":
            words.append(word)
            word = ""
            continue
        following = name[index + 1:index + 2]
        after_lower = word[-1:].islower() or word[-1:].isdigit()
        if letter.isupper() and (after_lower or following.islower()):
            words.append(word)
            word = ""
        word += letter
    words.append(word)
    return [word.lower() for word in words if word]


def rename(name: str, style: str) -> str:
    """Convert an identifier to another naming style.

    :param name: the identifier in any style
    :param style: one of ``snake``, ``kebab``, ``camel`` and ``pascal``
    :returns: the converted identifier
    :raises KeyError: for an unknown style

    >>> rename("maxLineWidth", "snake")
    'max_line_width'
    >>> rename("load_HTML_page", "pascal")
    'LoadHtmlPage'
    >>> rename("Two Words", "camel")
    'twoWords'
    >>> rename("x", "kebab")
    'x'
    >>> rename("x", "shouting")
    Traceback (most recent call last):
    ...
    KeyError: 'shouting'
    """
    words = split_words(name)
    capitals = [word.capitalize() for word in words]
    spellings = {
        "snake": "_".join(words),
        "kebab": "-".join(words),
        "pascal": "".join(capitals),
        # Camel case differs from Pascal case in its very first word only.
        "camel": "".join(words[:1] + capitals[1:]),
    }
    return spellings[style]


def plural(count: int, noun: str) -> str:
    """Write a count with its noun in the right number.

    The rules cover the regular endings of English; the table holds what no rule
    can know.

    >>> plural(1, "file")
    '1 file'
    >>> plural(3, "box")
    '3 boxes'
    >>> plural(0, "entry")
    '0 entries'
    >>> plural(2, "day")
    '2 days'
    >>> plural(5, "child")
    '5 children'
    """
    if count == 1:
        return f"1 {noun}"
    if noun in IRREGULAR_PLURALS:
        many = IRREGULAR_PLURALS[noun]
    elif noun.endswith(("s", "x", "z", "ch", "sh")):
        many = noun + "es"
    elif noun.endswith("y") and noun[-2:-1] not in "aeiou":
        # A vowel before the y keeps the ending regular.
        many = noun[:-1] + "ies"
    else:
        many = noun + "s"
    return f"{count} {many}"


def enumerate_names(names: list[str], last: str = "and") -> str:
    """Join names the way a sentence does.

    Two names take no comma; from three names on the last one does, so that
    compound names stay distinguishable.

    >>> enumerate_names(["Ann", "Bob", "Cleo"])
    'Ann, Bob, and Cleo'
    >>> enumerate_names(["tea", "milk"], last="or")
    'tea or milk'
    >>> enumerate_names(["Ann"])
    'Ann'
    >>> enumerate_names([])
    ''
    """
    if len(names) <= 2:
        return f" {last} ".join(names)
    return ", ".join(names[:-1]) + f", {last} {names[-1]}"


def fill_template(template: str, values: Mapping[str, str]) -> str:
    """Replace names in braces by their values.

    A doubled brace stands for itself. Unlike ``str.format`` this never looks
    into objects, so templates from strangers are harmless.

    Args:
        template: Text with names in braces.
        values: What to put in for each name.

    Returns:
        The completed text.

    Raises:
        KeyError: If a name has no value.
        ValueError: If a brace is left open.

    Examples:
        >>> fill_template("Dear {name},", {"name": "Ann"})
        'Dear Ann,'
        >>> fill_template("{a}{b}{a}", {"a": "x", "b": "-"})
        'x-x'
        >>> fill_template("{{literal}", {})
        '{literal}'
        >>> fill_template("{who}", {})
        Traceback (most recent call last):
        ...
        KeyError: 'who'
        >>> fill_template("oops {", {})
        Traceback (most recent call last):
        ...
        ValueError: brace left open at 5
    """
    result = ""
    position = 0
    while position < len(template):
        letter = template[position]
        if letter != "{":
            result += letter
            position += 1
        elif template[position + 1:position + 2] == "{":
            result += "{"
            position += 2
        else:
            end = template.find("}", position)
            if end < 0:
                raise ValueError(f"brace left open at {position}")
            # Values are inserted as they are: braces in them mean nothing.
            result += values[template[position + 1:end]]
            position = end + 1
    return result


def align_columns(rows: list[list[str]], gap: int = 2) -> list[str]:
    """Lay cells out in columns, numbers to the right and words to the left.

    Rows may be of different length, as the last cells of a report often stay
    empty.

    >>> align_columns([["tea", "3"], ["coffee", "12"]])
    ['tea      3', 'coffee  12']
    >>> align_columns([["a", "b"], ["cc"]], gap=1)
    ['a  b', 'cc']
    >>> align_columns([["1", "x"], ["20", "y"]])
    [' 1  x', '20  y']
    >>> align_columns([])
    []
    """
    widths: list[int] = []
    for row in rows:
        for column, cell in enumerate(row):
            if column == len(widths):
                widths.append(0)
            widths[column] = max(widths[column], len(cell))
    lines: list[str] = []
    for row in rows:
        cells = [
            cell.rjust(width) if cell.isdigit() else cell.ljust(width)
            for cell, width in zip(row, widths)
        ]
        # Padding of the last column would only be invisible noise.
        lines.append((" " * gap).join(cells).rstrip())
    return lines


def print_table(title: str, rows: list[list[str]]) -> int:
    """Print rows under an underlined title and return how many there were.

    >>> print_table("Stock", [["tea", "3"], ["coffee", "12"]])
    Stock
    -----
    tea      3
    coffee  12
    2
    >>> print_table("Nothing", [])
    Nothing
    -------
    0
    >>> print_table("", [["x"]])
    x
    1
    """
    if title:
        print(title)
        print("-" * len(title))
    for line in align_columns(rows):
        print(line)
    return len(rows)
