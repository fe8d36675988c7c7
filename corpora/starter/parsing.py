# SPDX-License-Identifier: MIT OR Apache-2.0
"""Small hand-written parsers for everyday text formats."""

from __future__ import annotations

from typing import Any


class ParseError(ValueError):
    """Text that breaks the rules of its format.

    The position travels with the message so that an editor can point at it.

    :param reason: what is wrong
    :param position: index of the offending character

    >>> error = ParseError("missing quote", 7)
    >>> error.position
    7
    >>> str(error)
    'missing quote at 7'
    >>> isinstance(ParseError("x", 0), ValueError)
    True
    >>> raise ParseError("stray comma", 3)
    Traceback (most recent call last):
    ...
    parsing.ParseError: stray comma at 3
    """

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} at {position}")
        self.position = position


def tokenize(text: str) -> list[str]:
    """Split an arithmetic expression into numbers, operators and parentheses.

    Blanks separate tokens but are dropped, so later stages never see them.

    :param text: the expression
    :returns: the tokens from left to right
    :raises ParseError: at a character that cannot begin a token

    >>> tokenize("12+3 * (4)")
    ['12', '+', '3', '*', '(', '4', ')']
    >>> tokenize("")
    []
    >>> tokenize("1 2")
    ['1', '2']
    >>> tokenize("--5")
    ['-', '-', '5']
    >>> tokenize("2 $ 3")
    Traceback (most recent call last):
    ...
    parsing.ParseError: unexpected '$' at 2
    """
    tokens: list[str] = []
    position = 0
    while position < len(text):
        letter = text[position]
        if letter.isdigit():
            start = position
            # Take the longest run of digits, or 12 would become 1 and 2.
            while position < len(text) and text[position].isdigit():
                position += 1
            tokens.append(text[start:position])
            continue
        if letter in "+-*/()":
            tokens.append(letter)
        elif not letter.isspace():
            raise ParseError(f"unexpected {letter!r}", position)
        position += 1
    return tokens


class Evaluator:
    """Evaluate integer arithmetic by recursive descent.

    One method per precedence level: the deeper the method, the tighter its
    operators bind. Division rounds towards negative infinity.

    :param text: the expression to evaluate

    >>> Evaluator("2 + 3 * 4").run()
    14
    >>> Evaluator("(1+2)*-4").run()
    -12
    >>> Evaluator("7 - 2 - 1").run()
    4
    >>> Evaluator("9 / 2").run()
    4
    >>> Evaluator("(1").run()
    Traceback (most recent call last):
    ...
    parsing.ParseError: expected ')' at 2
    >>> Evaluator("1/0").run()
    Traceback (most recent call last):
    ...
    ZeroDivisionError: integer division or modulo by zero
    """

    def __init__(self, text: str) -> None:
        self.tokens = tokenize(text)
        self.next = 0

    def peek(self) -> str:
        """Return the next token, or an empty string at the end."""
        return self.tokens[self.next] if self.next < len(self.tokens) else ""

    def take(self, *allowed: str) -> str:
        """Consume the next token if it is allowed; else return nothing."""
        token = self.peek()
        # The empty string marks the end and must never be consumed.
        if token and token in allowed:
            self.next += 1
            return token
        return ""

    def run(self) -> int:
        """Evaluate the whole expression."""
        value = self.addition()
        if self.peek():
            raise ParseError(f"unexpected {self.peek()!r}", self.next)
        return value

    def addition(self) -> int:
        """Evaluate terms joined by plus and minus."""
        value = self.product()
        while operator := self.take("+", "-"):
            operand = self.product()
            value = value + operand if operator == "+" else value - operand
        return value

    def product(self) -> int:
        """Evaluate factors joined by multiplication and division."""
        value = self.factor()
        while operator := self.take("*", "/"):
            operand = self.factor()
            value = value * operand if operator == "*" else value // operand
        return value

    def factor(self) -> int:
        """Evaluate a number, a negation or a group in parentheses."""
        if self.take("-"):
            return -self.factor()
        if self.take("("):
            value = self.addition()
            if not self.take(")"):
                raise ParseError("expected ')'", self.next)
            return value
        token = self.peek()
        if not token.isdigit():
            raise ParseError("expected a number", self.next)
        self.next += 1
        return int(token)


def parse_ini(lines: list[str]) -> dict[str, dict[str, str]]:
    """Read sections of ``key = value`` lines.

    Keys before the first heading belong to the section with the empty name. A
    later assignment wins, which lets a user file be appended to a default one.

    :param lines: the lines of the file
    :returns: the settings by section
    :raises ParseError: with the line number of a line that fits no rule

    >>> parse_ini(["[net]", "host = web", "port=80"])
    {'net': {'host': 'web', 'port': '80'}}
    >>> parse_ini(["# note", "", "debug = yes", "; off"])
    {'': {'debug': 'yes'}}
    >>> parse_ini(["[a]", "x = 1", "[b]", "[a]", "x = 2 = 3"])
    {'a': {'x': '2 = 3'}, 'b': {}}
    >>> parse_ini([])
    {}
    >>> parse_ini(["[a]", "nonsense"])
    Traceback (most recent call last):
    ...
    parsing.ParseError: no '=' in line at 2
    """
    sections: dict[str, dict[str, str]] = {}
    section = ""
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
            # A heading counts even if no key follows it.
            sections.setdefault(section, {})
            continue
        # Only the first sign separates, so values may contain more of them.
        key, sign, value = line.partition("=")
        if not sign:
            raise ParseError("no '=' in line", number)
        sections.setdefault(section, {})[key.strip()] = value.strip()
    return sections


def parse_symbols(text: str) -> list[Any]:
    """Read S-expressions into nested lists.

    Whole numbers become integers; every other atom stays a string.

    :param text: any number of expressions
    :returns: the expressions found at the top level
    :raises ParseError: if parentheses do not match

    >>> parse_symbols("(add 1 (mul 2 x))")
    [['add', 1, ['mul', 2, 'x']]]
    >>> parse_symbols("a () -7")
    ['a', [], -7]
    >>> parse_symbols("")
    []
    >>> parse_symbols("(a")
    Traceback (most recent call last):
    ...
    parsing.ParseError: 1 unclosed at 2
    >>> parse_symbols("a)")
    Traceback (most recent call last):
    ...
    parsing.ParseError: unmatched ')' at 1
    """
    # Padding the parentheses lets an ordinary split find every token.
    words = text.replace("(", " ( ").replace(")", " ) ").split()
    stack: list[list[Any]] = [[]]
    for index, word in enumerate(words):
        if word == "(":
            stack.append([])
        elif word == ")":
            if len(stack) == 1:
                raise ParseError("unmatched ')'", index)
            done = stack.pop()
            stack[-1].append(done)
        else:
            # A sign may stand before digits but not alone.
            is_number = word.lstrip("-").isdigit()
            stack[-1].append(int(word) if is_number else word)
    if len(stack) > 1:
        raise ParseError(f"{len(stack) - 1} unclosed", len(words))
    return stack[0]


def parse_query(query: str) -> dict[str, list[str]]:
    """Decode the query part of a web address.

    A name may occur more than once, so each maps to a list. Percent codes and
    plus signs are decoded; a code with bad digits is kept as it is, as browsers
    do.

    :param query: the part after the question mark
    :returns: the values by name, in order of appearance

    >>> parse_query("q=tea&lang=en")
    {'q': ['tea'], 'lang': ['en']}
    >>> parse_query("tag=a&tag=b&flag")
    {'tag': ['a', 'b'], 'flag': ['']}
    >>> parse_query("q=a+b%21&&x=%zz")
    {'q': ['a b!'], 'x': ['%zz']}
    >>> parse_query("")
    {}
    """
    def decode(text: str) -> str:
        first, *pieces = text.replace("+", " ").split("%")
        decoded = first
        for piece in pieces:
            try:
                decoded += chr(int(piece[:2], 16)) + piece[2:]
            except ValueError:
                decoded += "%" + piece
        return decoded

    values: dict[str, list[str]] = {}
    for part in query.split("&"):
        # Doubled separators leave empty parts, which carry no name.
        if part:
            name, _, value = part.partition("=")
            values.setdefault(decode(name), []).append(decode(value))
    return values


def version_key(version: str) -> tuple[int, ...]:
    """Turn a version string into a key that sorts in release order.

    Trailing zeros are cut because a release may be written with or without
    them. A pre-release, marked by a hyphen, must sort before its release, which
    a final marker element achieves.

    :param version: numbers joined by dots, perhaps with a hyphenated suffix
    :returns: the key
    :raises ValueError: if a part is not a number

    >>> version_key("1.10.2")
    (1, 10, 2, 0)
    >>> version_key("v2.0") == version_key("2")
    True
    >>> version_key("1.2-rc1") < version_key("1.2") < version_key("1.2.1")
    True
    >>> sorted(["1.9", "1.10", "1.0"], key=version_key)
    ['1.0', '1.9', '1.10']
    >>> version_key("1.x")
    Traceback (most recent call last):
    ...
    ValueError: bad version part 'x'
    """
    core, _, suffix = version.lstrip("v").partition("-")
    numbers: list[int] = []
    for part in core.split("."):
        if not part.isdigit():
            raise ValueError(f"bad version part {part!r}")
        numbers.append(int(part))
    while numbers and numbers[-1] == 0:
        numbers.pop()
    # No number is negative, so -1 sorts before any continuation.
    return (*numbers, -1 if suffix else 0)


def scan_json(text: str, start: int = 0) -> tuple[Any, int]:
    """Read one value of a JSON subset: integers, strings, lists and words.

    Strings have no escapes. Returning the end position lets the function call
    itself for the members of a list.

    :param text: the text to read from
    :param start: index of the first character of the value
    :returns: the value and the index just behind it
    :raises ParseError: if no value begins there or it does not end

    >>> scan_json("[1, [true], \\"a\\"]")
    ([1, [True], 'a'], 16)
    >>> scan_json("x = -40;", 4)
    (-40, 7)
    >>> scan_json("[]")
    ([], 2)
    >>> scan_json("null")
    (None, 4)
    >>> scan_json("[1 2]")
    Traceback (most recent call last):
    ...
    parsing.ParseError: expected ',' at 3
    >>> scan_json("[1,")
    Traceback (most recent call last):
    ...
    parsing.ParseError: expected a value at 3
    """
    for word, value in (("true", True), ("false", False), ("null", None)):
        if text.startswith(word, start):
            return value, start + len(word)
    letter = text[start:start + 1]
    if letter == '"':
        end = text.find('"', start + 1)
        if end < 0:
            raise ParseError("string left open", start)
        return text[start + 1:end], end + 1
    if letter == "[":
        items: list[Any] = []
        position = start + 1
        while text[position:position + 1] != "]":
            if items:
                if text[position:position + 1] != ",":
                    raise ParseError("expected ','", position)
                # Step over the comma that the check has just seen.
                position += 1
            while text[position:position + 1] == " ":
                position += 1
            item, position = scan_json(text, position)
            items.append(item)
            if text[position:position + 1] == " ":
                position += 1
        return items, position + 1
    end = start + (letter == "-")
    while text[end:end + 1].isdigit():
        end += 1
    if not text[start:end].lstrip("-"):
        raise ParseError("expected a value", start)
    return int(text[start:end]), end
