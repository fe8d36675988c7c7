# SPDX-License-Identifier: MIT OR Apache-2.0
"""Finding patterns in text, and a tiny Lisp to combine what was found."""

from __future__ import annotations

from typing import Any


def find_all(text: str, pattern: str) -> list[int]:
    """Find every occurrence of a pattern, overlapping ones included.

    Knuth, Morris and Pratt never step back in the text: the table says how much
    of a failed match is still the beginning of another one.

    Args:
        text: Where to search.
        pattern: What to look for.

    Returns:
        The indices of the occurrences; none for an empty pattern.

    Examples:
        >>> find_all("abababa", "aba")
        [0, 2, 4]
        >>> find_all("aaa", "aa")
        [0, 1]
        >>> find_all("abc", "d")
        []
        >>> find_all("abc", "")
        []
    """
    if not pattern:
        return []
    table = failure_table(pattern)
    found: list[int] = []
    matched = 0
    for index, letter in enumerate(text):
        while matched > 0 and (matched == len(pattern) or pattern[matched] != letter):
            matched = table[matched - 1]
        if pattern[matched] == letter:
            matched += 1
        if matched == len(pattern):
            found.append(index - matched + 1)
    return found


def failure_table(pattern: str) -> list[int]:
    """Compute how far each prefix of a pattern overlaps with itself.

    Args:
        pattern: The pattern.

    Returns:
        For each letter the length of the longest proper prefix that also ends
        there.

    Examples:
        >>> failure_table("ababc")
        [0, 0, 1, 2, 0]
        >>> failure_table("aaaa")
        [0, 1, 2, 3]
        >>> failure_table("abcd")
        [0, 0, 0, 0]
        >>> failure_table("")
        []
    """
    table = [0] * len(pattern)
    length = 0
    for index in range(1, len(pattern)):
        while length > 0 and pattern[index] != pattern[length]:
            # A shorter overlap may still be continued by this letter.
            length = table[length - 1]
        if pattern[index] == pattern[length]:
            length += 1
        table[index] = length
    return table


def glob_match(pattern: str, name: str) -> bool:
    """Match a file name against a pattern with stars and question marks.

    Only the last star ever has to give way: letters taken by an earlier star
    could just as well be taken by the later one.

    Args:
        pattern: Where a star stands for any text and ``?`` for one letter.
        name: The name to test.

    Returns:
        Whether the whole name matches.

    Examples:
        >>> glob_match("*.py", "setup.py")
        True
        >>> glob_match("a*b*c", "aXbYbZc")
        True
        >>> glob_match("file?.txt", "file.txt")
        False
        >>> glob_match("*", "")
        True
        >>> glob_match("a*b", "abc")
        False
    """
    p = n = 0
    star = retry = -1
    while n < len(name):
        if p < len(pattern) and pattern[p] == "*":
            star, retry = p, n
            p += 1
        elif p < len(pattern) and pattern[p] in ("?", name[n]):
            p, n = p + 1, n + 1
        elif star >= 0:
            # Let the last star swallow one more letter and try again.
            retry += 1
            p, n = star + 1, retry
        else:
            return False
    return all(letter == "*" for letter in pattern[p:])


def regex_match(pattern: str, text: str) -> bool:
    """Match a whole text against a small regular expression.

    Known signs are the dot for any letter and ``*``, ``+`` and ``?`` behind a
    letter. Recursion follows the pattern, so each call has a shorter problem.

    Args:
        pattern: The expression.
        text: The text to test.

    Returns:
        Whether the whole text matches.

    Raises:
        ValueError: If a repeat sign has nothing to repeat.

    Examples:
        >>> regex_match("ab*c", "abbc")
        True
        >>> regex_match("colou?r", "color")
        True
        >>> regex_match("a.+z", "az")
        False
        >>> regex_match("", "")
        True
        >>> regex_match("*a", "a")
        Traceback (most recent call last):
        ...
        ValueError: nothing to repeat before '*'
    """
    if not pattern:
        return not text
    if pattern[0] in "*+?":
        raise ValueError(f"nothing to repeat before {pattern[0]!r}")
    first_fits = text != "" and pattern[0] in (".", text[0])
    repeat = pattern[1:2]
    if repeat in ("*", "?"):
        if regex_match(pattern[2:], text):
            return True
        # After an optional letter the sign is used up; after a star it stays.
        rest = pattern if repeat == "*" else pattern[2:]
        return first_fits and regex_match(rest, text[1:])
    if repeat == "+":
        return first_fits and regex_match(pattern[0] + "*" + pattern[2:], text[1:])
    return first_fits and regex_match(pattern[1:], text[1:])


def extract_fields(pattern: str, text: str) -> dict[str, str] | None:
    """Take a text apart by a pattern with named holes, as web routers do.

    A hole ends where the literal text behind it begins, at the first chance.

    Args:
        pattern: Literal text with names in angle brackets.
        text: The text to take apart.

    Returns:
        The text of each hole, or None if the literal parts do not fit.

    Examples:
        >>> extract_fields("/user/<id>/edit", "/user/42/edit")
        {'id': '42'}
        >>> extract_fields("<host>:<port>", "localhost:80")
        {'host': 'localhost', 'port': '80'}
        >>> extract_fields("/about", "/about")
        {}
        >>> extract_fields("/user/<id>/edit", "/user/42") is None
        True
        >>> extract_fields("v<n>", "v") is None
        True
    """
    head, *holes = pattern.split("<")
    if not text.startswith(head):
        return None
    fields: dict[str, str] = {}
    position = len(head)
    for hole in holes:
        name, _, literal = hole.partition(">")
        # The last hole, without any text behind it, takes everything.
        end = text.find(literal, position) if literal else len(text)
        if end <= position:
            return None
        fields[name] = text[position:end]
        position = end + len(literal)
    return fields if position == len(text) else None


def find_words(grid: list[str], words: list[str]) -> dict[str, tuple[int, int, str]]:
    """Solve a word search puzzle.

    Args:
        grid: Rows of letters of equal length.
        words: The words to look for.

    Returns:
        Row, column and direction of each word found; the direction is ``right``,
        ``down`` or ``diagonal``.

    Examples:
        >>> find_words(["cat", "oxe"], ["cat", "co", "ox"])
        {'cat': (0, 0, 'right'), 'co': (0, 0, 'down'), 'ox': (1, 0, 'right')}
        >>> find_words(["ab", "cd"], ["ad", "da"])
        {'ad': (0, 0, 'diagonal')}
        >>> find_words([], ["x"])
        {}
    """
    found: dict[str, tuple[int, int, str]] = {}
    directions = {"right": (0, 1), "down": (1, 0), "diagonal": (1, 1)}
    for row in range(len(grid)):
        for column in range(len(grid[0])):
            for direction, (down, right) in directions.items():
                line = ""
                r, c = row, column
                # One line of letters serves the search for all words.
                while r < len(grid) and c < len(grid[0]):
                    line += grid[r][c]
                    r, c = r + down, c + right
                for word in words:
                    if word not in found and line.startswith(word):
                        found[word] = (row, column, direction)
    return found


class LispError(Exception):
    """A program that cannot be read or run.

    Examples:
        >>> str(LispError("unknown name x"))
        'unknown name x'
        >>> issubclass(LispError, Exception)
        True
        >>> raise LispError("unbalanced")
        Traceback (most recent call last):
        ...
        matching.LispError: unbalanced
    """


def read_lisp(source: str) -> Any:
    """Read one S-expression into nested lists, numbers and names.

    Padding the brackets with blanks turns the tokenizer into a plain split.

    Args:
        source: The text of one expression.

    Returns:
        A number, a name or a list of expressions.

    Raises:
        LispError: If brackets do not balance.

    Examples:
        >>> read_lisp("(+ 1 (* 2 x))")
        ['+', 1, ['*', 2, 'x']]
        >>> read_lisp("-7")
        -7
        >>> read_lisp("()")
        []
        >>> read_lisp("(+ 1")
        Traceback (most recent call last):
        ...
        matching.LispError: 1 bracket left open
        >>> read_lisp("1)")
        Traceback (most recent call last):
        ...
        matching.LispError: bracket closed too early
    """
    stack: list[list] = [[]]
    for token in source.replace("(", " ( ").replace(")", " ) ").split():
        if token == "(":
            stack.append([])
        elif token == ")":
            if len(stack) == 1:
                raise LispError("bracket closed too early")
            # A finished list becomes a member of the list around it.
            finished = stack.pop()
            stack[-1].append(finished)
        elif token.lstrip("-").isdigit():
            stack[-1].append(int(token))
        else:
            stack[-1].append(token)
    if len(stack) > 1:
        raise LispError(f"{len(stack) - 1} bracket left open")
    if len(stack[0]) != 1:
        raise LispError(f"expected one expression, not {len(stack[0])}")
    return stack[0][0]


def run_lisp(expression: Any, names: dict[str, Any] | None = None) -> Any:
    """Evaluate an expression with ``let``, ``if``, ``fn`` and arithmetic.

    A function remembers the names around it, so it still works after they are
    out of reach: a closure.

    Args:
        expression: What :func:`read_lisp` returned.
        names: The names in force.

    Returns:
        The value.

    Raises:
        LispError: For an unknown name or a call of something else.

    Examples:
        >>> run_lisp(read_lisp("(+ 1 (* 2 3))"))
        7
        >>> run_lisp(read_lisp("(let x 5 (if (< x 3) 0 (- x 1)))"))
        4
        >>> run_lisp(read_lisp("((fn n (* n n)) 6)"))
        36
        >>> run_lisp(read_lisp("(let k 10 ((let f (fn n (+ n k)) f) 1))"))
        11
        >>> run_lisp("y")
        Traceback (most recent call last):
        ...
        matching.LispError: unknown name y
        >>> run_lisp([1, 2])
        Traceback (most recent call last):
        ...
        matching.LispError: cannot call 1
    """
    names = names or {}
    if isinstance(expression, int):
        return expression
    if isinstance(expression, str):
        if expression not in names:
            raise LispError(f"unknown name {expression}")
        return names[expression]
    head, *rest = expression
    if head == "let":
        name, value, body = rest
        return run_lisp(body, {**names, name: run_lisp(value, names)})
    if head == "if":
        # Only the chosen branch is evaluated, or recursion could never stop.
        condition, yes, no = rest
        return run_lisp(yes if run_lisp(condition, names) else no, names)
    if head == "fn":
        parameter, body = rest
        return lambda argument: run_lisp(body, {**names, parameter: argument})
    values = [run_lisp(part, names) for part in rest]
    if head == "+":
        return values[0] + values[1]
    if head == "-":
        return values[0] - values[1]
    if head == "*":
        return values[0] * values[1]
    if head == "<":
        return int(values[0] < values[1])
    function = run_lisp(head, names)
    if not callable(function):
        raise LispError(f"cannot call {function}")
    return function(*values)
