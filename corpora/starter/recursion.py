# SPDX-License-Identifier: MIT OR Apache-2.0
"""Problems whose solution contains smaller copies of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Union

# An expression is a number, a variable or an operator with two expressions.
Expression = Union[int, str, tuple]


def hanoi(disks: int, source: str, target: str, spare: str) -> list[str]:
    """List the moves that carry a tower from one peg to another.

    The largest disk can move only when all others wait on the spare peg, which
    is the same problem with one disk less.

    :param disks: height of the tower
    :param source: the peg where it stands
    :param target: the peg where it shall stand
    :param spare: the third peg
    :returns: the moves in order

    >>> hanoi(2, "A", "C", "B")
    ['A>B', 'A>C', 'B>C']
    >>> hanoi(1, "x", "y", "z")
    ['x>y']
    >>> hanoi(0, "A", "B", "C")
    []
    >>> len(hanoi(4, "A", "B", "C"))
    15
    """
    if disks == 0:
        return []
    # The spare and the real target swap roles for the smaller tower.
    before = hanoi(disks - 1, source, spare, target)
    after = hanoi(disks - 1, spare, target, source)
    return before + [f"{source}>{target}"] + after


def flatten(item: Any, depth: int = -1) -> list[Any]:
    """Turn nested lists into one flat list.

    Only lists are opened: a string is a sequence too, and opening it would
    never come to an end.

    :param item: a list, or anything else
    :param depth: how many levels to open; a negative number opens all
    :returns: the members in order

    >>> flatten([1, [2, [3, []]], 4])
    [1, 2, 3, 4]
    >>> flatten([1, [2, [3]]], depth=1)
    [1, 2, [3]]
    >>> flatten("abc")
    ['abc']
    >>> flatten([[], [[]]])
    []
    >>> flatten([[1]], depth=0)
    [[1]]
    """
    if not isinstance(item, list):
        return [item]
    flat: list[Any] = []
    for member in item:
        # A depth that starts below zero never reaches the stop value.
        if depth == 0:
            flat.append(member)
        else:
            flat.extend(flatten(member, depth - 1))
    return flat


def arrangements(letters: str) -> Iterator[str]:
    """Generate all different orders of some letters, alphabetically.

    Skipping a letter that was already tried in the same place removes the
    duplicates without storing any earlier result.

    :param letters: the letters in any order
    :returns: an iterator over the orders

    >>> list(arrangements("cab"))
    ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']
    >>> list(arrangements("oto"))
    ['oot', 'oto', 'too']
    >>> list(arrangements(""))
    ['']
    >>> next(arrangements("zyx"))
    'xyz'
    """
    if not letters:
        # One order exists for nothing; yielding it ends each branch.
        yield ""
        return
    ordered = sorted(letters)
    for index, letter in enumerate(ordered):
        if index > 0 and letter == ordered[index - 1]:
            continue
        rest = "".join(ordered[:index] + ordered[index + 1:])
        for tail in arrangements(rest):
            yield letter + tail


def ackermann(m: int, n: int) -> int:
    """Compute Ackermann's function, which outgrows every plain loop.

    Compiler writers use it to measure the cost of calls. Large arguments are
    refused, since even one step more would exhaust any machine.

    :param m: the level of growth, up to 2 here
    :param n: the argument on that level, up to 4 here
    :returns: the value of the function
    :raises ValueError: for arguments outside of these bounds

    >>> ackermann(0, 4)
    5
    >>> ackermann(1, 2)
    4
    >>> ackermann(2, 1)
    5
    >>> ackermann(2, 0)
    3
    >>> ackermann(3, 0)
    Traceback (most recent call last):
    ...
    ValueError: arguments (3, 0) are out of bounds
    """
    if not (0 <= m <= 2 and 0 <= n <= 4):
        raise ValueError(f"arguments ({m}, {n}) are out of bounds")

    def compute(level: int, value: int) -> int:
        if level == 0:
            return value + 1
        if value == 0:
            return compute(level - 1, 1)
        # The inner call lowers the value, the outer one the level.
        return compute(level - 1, compute(level, value - 1))

    return compute(m, n)


@dataclass
class Tree:
    """A node of a binary search tree.

    :param value: the number at this node
    :param left: the subtree of smaller numbers
    :param right: the subtree of larger numbers

    >>> root = Tree(4)
    >>> [root.insert(value) for value in (2, 6, 1, 2)]
    [True, True, True, False]
    >>> list(root.inorder())
    [1, 2, 4, 6]
    >>> root.height(), root.left.height()
    (3, 2)
    >>> root.path_to(1), root.path_to(5)
    ([4, 2, 1], None)
    >>> Tree(1) == Tree(1, None, None)
    True
    >>> Tree(3).left is None
    True
    """

    value: int
    left: Tree | None = None
    right: Tree | None = None

    def insert(self, value: int) -> bool:
        """Add a number; say whether it was new."""
        if value == self.value:
            return False
        side = "left" if value < self.value else "right"
        child = getattr(self, side)
        if child is None:
            setattr(self, side, Tree(value))
            return True
        # The answer travels up unchanged from the place of insertion.
        return child.insert(value)

    def inorder(self) -> Iterator[int]:
        """Generate the numbers in rising order."""
        if self.left is not None:
            yield from self.left.inorder()
        yield self.value
        if self.right is not None:
            yield from self.right.inorder()

    def height(self) -> int:
        """Count the nodes on the longest way down."""
        children = [c for c in (self.left, self.right) if c is not None]
        return 1 + max((child.height() for child in children), default=0)

    def path_to(self, value: int) -> list[int] | None:
        """List the numbers on the way to a number, or return None."""
        if value == self.value:
            return [value]
        child = self.left if value < self.value else self.right
        rest = None if child is None else child.path_to(value)
        return None if rest is None else [self.value] + rest


def simplify(expression: Expression) -> Expression:
    """Simplify sums and products by the rules for zero and one.

    Operands are simplified first, because a rule often becomes applicable only
    once the parts below have shrunk.

    :param expression: a number, a name, or a tuple (operator, left, right)
    :returns: an expression of the same value
    :raises ValueError: for an unknown operator

    >>> simplify(("+", "x", 0))
    'x'
    >>> simplify(("*", ("+", 1, 2), "y"))
    ('*', 3, 'y')
    >>> simplify(("+", ("*", 0, "x"), ("*", 1, "y")))
    'y'
    >>> simplify(("*", "a", ("+", "b", "c")))
    ('*', 'a', ('+', 'b', 'c'))
    >>> simplify(7)
    7
    >>> simplify(("^", "x", 2))
    Traceback (most recent call last):
    ...
    ValueError: unknown operator '^'
    """
    if not isinstance(expression, tuple):
        return expression
    operator, left, right = expression
    if operator not in ("+", "*"):
        raise ValueError(f"unknown operator {operator!r}")
    left, right = simplify(left), simplify(right)
    if isinstance(left, int) and isinstance(right, int):
        return left + right if operator == "+" else left * right
    if operator == "*" and 0 in (left, right):
        return 0
    # Zero changes no sum and one changes no product.
    neutral = 0 if operator == "+" else 1
    if left == neutral:
        return right
    return left if right == neutral else (operator, left, right)


def derive(expression: Expression, variable: str) -> Expression:
    """Differentiate a sum or product with respect to a variable.

    Each rule of calculus becomes one branch. The raw result is full of zeros
    and ones, so it is simplified before it is handed out.

    :param expression: as for :func:`simplify`
    :param variable: the name of the variable
    :returns: the derivative

    >>> derive(("*", 3, "x"), "x")
    3
    >>> derive("y", "x"), derive("x", "x"), derive(5, "x")
    (0, 1, 0)
    >>> derive(("*", "x", "x"), "x")
    ('+', 'x', 'x')
    >>> derive(("+", ("*", "a", "x"), "b"), "x")
    'a'
    """
    if not isinstance(expression, tuple):
        return 1 if expression == variable else 0
    operator, left, right = expression
    left_slope, right_slope = derive(left, variable), derive(right, variable)
    if operator == "+":
        return simplify(("+", left_slope, right_slope))
    # The product rule needs both the parts and their slopes.
    return simplify(("+", ("*", left_slope, right), ("*", left, right_slope)))


def expand(pattern: str) -> str:
    """Expand counted groups such as those in knitting patterns.

    A number before a bracketed group repeats it; groups may contain groups. A
    group without a number stands once.

    :param pattern: letters, digits and square brackets
    :returns: the letters written out
    :raises ValueError: if the brackets do not match

    >>> expand("2[ab]c")
    'ababc'
    >>> expand("2[a3[b]]")
    'abbbabbb'
    >>> expand("[x]0[y]")
    'x'
    >>> expand("")
    ''
    >>> expand("2[a")
    Traceback (most recent call last):
    ...
    ValueError: group not closed
    >>> expand("a]")
    Traceback (most recent call last):
    ...
    ValueError: bracket at 1 closes nothing
    """
    def read(position: int, inside: bool) -> tuple[str, int]:
        text = count = ""
        while position < len(pattern):
            letter = pattern[position]
            position += 1
            if letter.isdigit():
                count += letter
            elif letter == "[":
                group, position = read(position, True)
                # An empty count stands for a single copy.
                text += group * int(count or "1")
                count = ""
            elif letter == "]":
                if not inside:
                    raise ValueError(f"bracket at {position - 1} closes nothing")
                return text, position
            else:
                text += letter
        if inside:
            raise ValueError("group not closed")
        return text, position

    return read(0, False)[0]


def print_outline(tree: dict[str, Any], depth: int = 0) -> int:
    """Print nested dictionaries as an indented outline.

    The number of printed lines is returned, so that a caller can decide whether
    the outline needs a pager.

    :param tree: titles with the dictionaries below them
    :param depth: how far to indent the first level
    :returns: the number of lines

    >>> print_outline({"docs": {"guide": {}, "api": {}}, "src": {}})
    - docs
      - guide
      - api
    - src
    4
    >>> print_outline({})
    0
    >>> print_outline({"a": {"b": {"c": {}}}})
    - a
      - b
        - c
    3
    >>> print_outline({"x": {}}, depth=0)
    - x
    1
    """
    lines = 0
    for title, below in tree.items():
        print("  " * depth + "- " + title)
        # One line for the title and those that the level below has printed.
        lines += 1 + print_outline(below, depth + 1)
    return lines
