# SPDX-License-Identifier: MIT OR Apache-2.0
"""Matrices, grids and systems of equations, computed exactly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

Rows = list[list[int]]


class ShapeError(ValueError):
    """Matrices whose sizes do not go together.

    Parameters
    ----------
    operation : str
        What was attempted.
    first, second : tuple of int
        The two shapes as rows and columns.

    Examples
    --------
    >>> str(ShapeError("add", (1, 2), (2, 1)))
    'cannot add 1x2 and 2x1'
    >>> ShapeError("add", (1, 2), (3, 3)).shapes
    ((1, 2), (3, 3))
    >>> raise ShapeError("multiply", (2, 2), (3, 1))
    Traceback (most recent call last):
    ...
    matrices.ShapeError: cannot multiply 2x2 and 3x1
    """

    def __init__(
        self, operation: str, first: tuple[int, int], second: tuple[int, int]
    ) -> None:
        left = f"{first[0]}x{first[1]}"
        super().__init__(f"cannot {operation} {left} and {second[0]}x{second[1]}")
        self.shapes = (first, second)


class Matrix:
    """A rectangle of whole numbers with the usual operators.

    Matrices are never changed in place, so they can be shared freely.

    Parameters
    ----------
    rows : list of list of int
        The numbers; all rows must be of the same length.

    Examples
    --------
    >>> a = Matrix([[1, 2], [3, 4]])
    >>> a + a
    Matrix([[2, 4], [6, 8]])
    >>> a @ Matrix([[0], [1]])
    Matrix([[2], [4]])
    >>> a.power(3)
    Matrix([[37, 54], [81, 118]])
    >>> a.power(0) == Matrix([[1, 0], [0, 1]])
    True
    >>> a @ Matrix([[1, 2]])
    Traceback (most recent call last):
    ...
    matrices.ShapeError: cannot multiply 2x2 and 1x2
    >>> Matrix([[1], [2, 3]])
    Traceback (most recent call last):
    ...
    ValueError: rows of different length
    """

    def __init__(self, rows: Rows) -> None:
        if len({len(row) for row in rows}) > 1:
            raise ValueError("rows of different length")
        self.rows = [list(row) for row in rows]

    def __repr__(self) -> str:
        return f"Matrix({self.rows})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matrix) and self.rows == other.rows

    @property
    def shape(self) -> tuple[int, int]:
        """Return the number of rows and columns."""
        return len(self.rows), len(self.rows[0]) if self.rows else 0

    def __add__(self, other: Matrix) -> Matrix:
        if self.shape != other.shape:
            raise ShapeError("add", self.shape, other.shape)
        return Matrix([
            [x + y for x, y in zip(left, right)]
            for left, right in zip(self.rows, other.rows)
        ])

    def __matmul__(self, other: Matrix) -> Matrix:
        if self.shape[1] != other.shape[0]:
            raise ShapeError("multiply", self.shape, other.shape)
        columns = list(zip(*other.rows))
        product = []
        for row in self.rows:
            product.append([sum(x * y for x, y in zip(row, c)) for c in columns])
        return Matrix(product)

    def power(self, exponent: int) -> Matrix:
        """Multiply the matrix by itself, with few products for large exponents."""
        size = len(self.rows)
        result = Matrix([[int(r == c) for c in range(size)] for r in range(size)])
        factor = self
        while exponent > 0:
            # Each binary digit of the exponent decides about one square.
            if exponent & 1:
                result = result @ factor
            factor = factor @ factor
            exponent >>= 1
        return result


def transpose(rows: Rows) -> Rows:
    """Swap rows and columns.

    Examples
    --------
    >>> transpose([[1, 2, 3], [4, 5, 6]])
    [[1, 4], [2, 5], [3, 6]]
    >>> transpose([[7]])
    [[7]]
    >>> transpose([])
    []
    >>> transpose([[1], [2]])
    [[1, 2]]
    """
    columns: Rows = []
    for row in rows:
        for index, value in enumerate(row):
            if index == len(columns):
                columns.append([])
            columns[index].append(value)
    return columns


def rotate_clockwise(rows: Rows, turns: int = 1) -> Rows:
    """Turn a grid by right angles, as an image viewer does.

    Parameters
    ----------
    rows : list of list of int
        The grid.
    turns : int
        The number of quarter turns; a negative number turns the other way.

    Returns
    -------
    list of list of int
        A new grid.

    Examples
    --------
    >>> rotate_clockwise([[1, 2], [3, 4]])
    [[3, 1], [4, 2]]
    >>> rotate_clockwise([[1, 2, 3]], 2)
    [[3, 2, 1]]
    >>> rotate_clockwise([[1, 2], [3, 4]], -1)
    [[2, 4], [1, 3]]
    >>> rotate_clockwise([[5, 6]], 4)
    [[5, 6]]
    """
    result = [list(row) for row in rows]
    # Python's remainder is never negative, which folds left turns into right ones.
    for _ in range(turns % 4):
        result = [list(column) for column in zip(*result[::-1])]
    return result


def spiral(rows: Rows) -> Iterator[int]:
    """Yield the cells of a grid along a spiral from the outside in.

    Examples
    --------
    >>> list(spiral([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))
    [1, 2, 3, 6, 9, 8, 7, 4, 5]
    >>> list(spiral([[1, 2, 3]]))
    [1, 2, 3]
    >>> list(spiral([[1], [2]]))
    [1, 2]
    >>> list(spiral([]))
    []
    """
    rest = [list(row) for row in rows]
    while rest:
        yield from rest.pop(0)
        # Turning what is left to the left brings its right edge to the top.
        rest = [list(column) for column in zip(*rest)][::-1]


def determinant(rows: Rows) -> int:
    """Compute a determinant without leaving the whole numbers (Bareiss).

    Each division by the previous pivot is exact, so neither fractions nor
    rounding come in.

    Parameters
    ----------
    rows : list of list of int
        A square matrix.

    Returns
    -------
    int
        The determinant.

    Examples
    --------
    >>> determinant([[1, 2], [3, 4]])
    -2
    >>> determinant([[0, 1], [1, 0]])
    -1
    >>> determinant([[2, 0, 1], [1, 3, 2], [1, 1, 2]])
    6
    >>> determinant([[1, 2], [2, 4]])
    0
    >>> determinant([])
    1
    """
    work = [list(row) for row in rows]
    size = len(work)
    sign, previous = 1, 1
    for k in range(size - 1):
        if work[k][k] == 0:
            # A lower row can take over, at the price of a change of sign.
            swap = next((r for r in range(k + 1, size) if work[r][k] != 0), None)
            if swap is None:
                return 0
            work[k], work[swap] = work[swap], work[k]
            sign = -sign
        for r in range(k + 1, size):
            for c in range(k + 1, size):
                cross = work[r][c] * work[k][k] - work[r][k] * work[k][c]
                work[r][c] = cross // previous
        previous = work[k][k]
    return sign * work[-1][-1] if size else 1


def solve_equations(rows: Rows) -> list[Fraction] | None:
    """Solve linear equations exactly by elimination.

    Parameters
    ----------
    rows : list of list of int
        One row for each equation: the coefficients and the right-hand side.

    Returns
    -------
    list of Fraction or None
        The unknowns, or None if they are not uniquely determined.

    Examples
    --------
    >>> [str(x) for x in solve_equations([[2, 1, 5], [1, -1, 1]])]
    ['2', '1']
    >>> [str(x) for x in solve_equations([[3, 1]])]
    ['1/3']
    >>> solve_equations([[1, 1, 2], [2, 2, 4]]) is None
    True
    >>> [str(x) for x in solve_equations([[0, 2, 4], [5, 0, 5]])]
    ['1', '2']
    """
    work = [[Fraction(value) for value in row] for row in rows]
    for k in range(len(work)):
        pivot = next((r for r in range(k, len(work)) if work[r][k] != 0), None)
        if pivot is None:
            return None
        work[k], work[pivot] = work[pivot], work[k]
        lead = work[k][k]
        work[k] = [value / lead for value in work[k]]
        for r in range(len(work)):
            # Clearing above the pivot too saves substituting backwards later.
            if r != k:
                factor = work[r][k]
                work[r] = [a - factor * b for a, b in zip(work[r], work[k])]
    return [row[-1] for row in work]


def prefix_sums(rows: Rows) -> Rows:
    """Prepare a grid for fast sums over rectangles.

    An extra row and column of zeros spare every caller the checks at the edges.

    Examples
    --------
    >>> prefix_sums([[1, 2], [3, 4]])
    [[0, 0, 0], [0, 1, 3], [0, 4, 10]]
    >>> prefix_sums([[5]])
    [[0, 0], [0, 5]]
    >>> prefix_sums([[1, 1, 1]])[-1]
    [0, 1, 2, 3]
    """
    sums: Rows = [[0] * (len(rows[0]) + 1)]
    for row in rows:
        line = [0]
        running = 0
        for column, value in enumerate(row):
            running += value
            line.append(sums[-1][column + 1] + running)
        sums.append(line)
    return sums


def rectangle_sum(sums: Rows, top: int, left: int, bottom: int, right: int) -> int:
    """Add up a rectangle of a grid from its prepared sums.

    Parameters
    ----------
    sums : list of list of int
        What :func:`prefix_sums` returned.
    top, left : int
        The first row and column of the rectangle.
    bottom, right : int
        The row and column behind it.

    Returns
    -------
    int
        The sum.

    Examples
    --------
    >>> rectangle_sum(prefix_sums([[1, 2], [3, 4]]), 0, 0, 2, 2)
    10
    >>> rectangle_sum(prefix_sums([[1, 2], [3, 4]]), 1, 1, 2, 2)
    4
    >>> rectangle_sum(prefix_sums([[1, 2, 3]]), 0, 1, 1, 3)
    5
    >>> rectangle_sum(prefix_sums([[1]]), 0, 0, 0, 0)
    0
    """
    above = sums[top][right] - sums[top][left]
    # The part above was counted in the larger total and has to go again.
    return sums[bottom][right] - sums[bottom][left] - above


def saddle_points(rows: Rows) -> list[tuple[int, int]]:
    """Find cells that are smallest in their row and greatest in their column.

    In a game between two cautious players these are the moves that neither
    regrets.

    Returns
    -------
    list of tuple of int
        Row and column of each such cell.

    Examples
    --------
    >>> saddle_points([[4, 5, 6], [1, 2, 9], [0, 7, 3]])
    [(0, 0)]
    >>> saddle_points([[1, 2], [2, 1]])
    []
    >>> saddle_points([[3, 3], [3, 3]])
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    >>> saddle_points([])
    []
    """
    tallest = [max(column) for column in zip(*rows)]
    found: list[tuple[int, int]] = []
    for r, row in enumerate(rows):
        lowest = min(row)
        for c, value in enumerate(row):
            if value == lowest and value == tallest[c]:
                found.append((r, c))
    return found


def is_magic(rows: Rows) -> bool:
    """Say whether all rows, columns and diagonals have the same sum.

    Examples
    --------
    >>> is_magic([[2, 7, 6], [9, 5, 1], [4, 3, 8]])
    True
    >>> is_magic([[1, 2], [2, 1]])
    False
    >>> is_magic([[5]])
    True
    >>> is_magic([[1, 2, 3], [4, 5, 6]])
    False
    """
    size = len(rows)
    if any(len(row) != size for row in rows):
        return False
    lines = [list(row) for row in rows] + [list(column) for column in zip(*rows)]
    lines.append([rows[i][i] for i in range(size)])
    # The second diagonal runs from the top right corner down.
    lines.append([rows[i][size - 1 - i] for i in range(size)])
    goal = sum(lines[0])
    return all(sum(line) == goal for line in lines)
