# SPDX-License-Identifier: MIT OR Apache-2.0
"""Rules of board, card and puzzle games, free of any display code."""

from __future__ import annotations

from collections import Counter

NEIGHBOURS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def life_step(rows: list[str]) -> list[str]:
    """Advance Conway's Game of Life by one generation.

    Everything outside the board counts as dead, which keeps the board size
    constant for a display.

    :param rows: the board, ``#`` for live cells and ``.`` for dead ones
    :returns: the next board

    >>> life_step(["...", "###", "..."])
    ['.#.', '.#.', '.#.']
    >>> life_step(["##", "##"])
    ['##', '##']
    >>> life_step(["#.", ".."])
    ['..', '..']
    >>> life_step([])
    []
    """
    alive = {(r, c) for r, row in enumerate(rows)
             for c, cell in enumerate(row) if cell == "#"}
    result: list[str] = []
    for r, row in enumerate(rows):
        line = ""
        for c in range(len(row)):
            count = sum((r + dr, c + dc) in alive for dr, dc in NEIGHBOURS)
            # Three neighbours give birth; two only keep a live cell going.
            lives = count == 3 or (count == 2 and (r, c) in alive)
            line += "#" if lives else "."
        result.append(line)
    return result


def winner(board: str) -> str:
    """Find the winner of a tic-tac-toe board.

    The board is one string of nine cells because strings make cheap dictionary
    keys for a game tree.

    :param board: cells row by row, ``X``, ``O`` or ``.``
    :returns: the winning letter, ``draw`` or ``open``
    :raises ValueError: if the board has the wrong size

    >>> winner("XXXOO....")
    'X'
    >>> winner("XOXXOOOXX")
    'draw'
    >>> winner("OX.XOX..O")
    'O'
    >>> winner(".........")
    'open'
    >>> winner("XO")
    Traceback (most recent call last):
    ...
    ValueError: expected 9 cells, got 2
    """
    if len(board) != 9:
        raise ValueError(f"expected 9 cells, got {len(board)}")
    # Slices with a step walk along rows, columns and both diagonals.
    lines = [board[start:start + 3] for start in (0, 3, 6)]
    lines += [board[start::3] for start in range(3)]
    lines += [board[0::4], board[2:7:2]]
    for line in lines:
        if line[0] != "." and line == line[0] * 3:
            return line[0]
    return "open" if "." in board else "draw"


def sudoku_conflicts(grid: list[str], box: int = 3) -> list[str]:
    """List the sudoku rules that a grid breaks.

    Small boxes are allowed so that the same code serves the easy grids made
    for children. Dots are empty cells and break no rule.

    :param grid: one string for each row
    :param box: the side of one box
    :returns: one text for each broken rule

    >>> sudoku_conflicts(["1.3.", "..1.", "..41", "4..."], box=2)
    []
    >>> sudoku_conflicts(["11..", "....", "....", "...."], box=2)
    ['row 1 repeats 1', 'box 1 repeats 1']
    >>> sudoku_conflicts(["2...", "....", "2...", "...."], box=2)
    ['column 1 repeats 2']
    >>> sudoku_conflicts(["5"], box=1)
    []
    """
    size = box * box
    groups = [(f"row {r + 1}", grid[r]) for r in range(size)]
    groups += [(f"column {c + 1}", "".join(row[c] for row in grid))
               for c in range(size)]
    for index in range(size):
        top, left = index // box * box, index % box * box
        cells = "".join(row[left:left + box] for row in grid[top:top + box])
        groups.append((f"box {index + 1}", cells))
    problems: list[str] = []
    for name, cells in groups:
        for digit, count in Counter(cells).items():
            # A dot may repeat as often as it likes.
            if count > 1 and digit != ".":
                problems.append(f"{name} repeats {digit}")
    return problems


def flood_fill(rows: list[str], row: int, column: int, paint: str) -> list[str]:
    """Recolour the connected area around a cell, as a paint bucket does.

    Cells connect along edges only: paint must not leak between two walls that
    touch at a corner.

    :param rows: the picture
    :param row: row of the start cell
    :param column: column of the start cell
    :param paint: the new colour, one character
    :returns: a new picture

    >>> flood_fill(["aab", "abb"], 0, 0, "x")
    ['xxb', 'xbb']
    >>> flood_fill(["ab", "ba"], 0, 0, "z")
    ['zb', 'ba']
    >>> flood_fill(["aa"], 0, 1, "a")
    ['aa']
    >>> flood_fill(["."], 0, 0, "#")
    ['#']
    """
    cells = [list(line) for line in rows]
    old = cells[row][column]
    stack = [(row, column)]
    # Painting with the old colour would find unpainted cells for ever.
    while stack and old != paint:
        r, c = stack.pop()
        inside = 0 <= r < len(cells) and 0 <= c < len(cells[r])
        if inside and cells[r][c] == old:
            cells[r][c] = paint
            stack += [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
    return ["".join(line) for line in cells]


def mine_counts(field: list[str]) -> list[str]:
    """Write the hints of a minesweeper field.

    :param field: rows in which ``*`` marks a mine
    :returns: rows in which every other cell shows its number of adjacent mines

    >>> mine_counts(["*.", ".."])
    ['*1', '11']
    >>> mine_counts(["*.*"])
    ['*2*']
    >>> mine_counts(["..."])
    ['000']
    >>> mine_counts([])
    []
    >>> mine_counts(["**", "*."])
    ['**', '*3']
    """
    counts = [[0] * len(row) for row in field]
    for r, row in enumerate(field):
        for c, cell in enumerate(row):
            if cell != "*":
                continue
            # Spreading from the rare mines costs less than asking every cell.
            for dr, dc in NEIGHBOURS:
                if 0 <= r + dr < len(field) and 0 <= c + dc < len(row):
                    counts[r + dr][c + dc] += 1
    return ["".join("*" if cell == "*" else str(counts[r][c])
                    for c, cell in enumerate(row))
            for r, row in enumerate(field)]


def knight_moves(square: str) -> list[str]:
    """List the squares that a knight can reach from a chess square.

    :param square: a column letter and a row number
    :returns: the squares in alphabetical order
    :raises ValueError: if there is no such square

    >>> knight_moves("a1")
    ['b3', 'c2']
    >>> knight_moves("d4")
    ['b3', 'b5', 'c2', 'c6', 'e2', 'e6', 'f3', 'f5']
    >>> knight_moves("h8")
    ['f7', 'g6']
    >>> knight_moves("i1")
    Traceback (most recent call last):
    ...
    ValueError: no square 'i1'
    >>> knight_moves("")
    Traceback (most recent call last):
    ...
    ValueError: no square ''
    """
    columns, numbers = "abcdefgh", "12345678"
    if len(square) != 2 or square[0] not in columns or square[1] not in numbers:
        raise ValueError(f"no square {square!r}")
    column, row = columns.index(square[0]), numbers.index(square[1])
    moves: list[str] = []
    for across in (-2, -1, 1, 2):
        # One leg of the jump is two squares long and the other one square.
        for up in (abs(across) - 3, 3 - abs(across)):
            if 0 <= column + across < 8 and 0 <= row + up < 8:
                moves.append(columns[column + across] + numbers[row + up])
    return sorted(moves)


def hand_rank(hand: str) -> str:
    """Name the poker rank of five cards.

    Aces count as high only, a house rule that keeps straights simple.

    :param hand: five cards such as ``Td``, separated by blanks
    :returns: the name of the best rank
    :raises ValueError: if there are not five different cards

    >>> hand_rank("2h 2d 5s 5c 9h")
    'two pair'
    >>> hand_rank("6s 7s 8s 9s Ts")
    'straight flush'
    >>> hand_rank("Kh Kd Ks 3c 3d")
    'full house'
    >>> hand_rank("2h 4h 6h 8h Th")
    'flush'
    >>> hand_rank("Ah 2d 3s 4c 5h")
    'high card'
    >>> hand_rank("Ah Ah 3s 4c 5h")
    Traceback (most recent call last):
    ...
    ValueError: a hand has 5 different cards
    """
    cards = hand.split()
    if len(set(cards)) != 5 or len(cards) != 5:
        raise ValueError("a hand has 5 different cards")
    values = sorted("23456789TJQKA".index(card[0]) for card in cards)
    flush = len({card[1] for card in cards}) == 1
    # Five different values that span four steps leave no gap.
    straight = len(set(values)) == 5 and values[4] - values[0] == 4
    if straight or flush:
        return " ".join(["straight"] * straight + ["flush"] * flush)
    groups = sorted(Counter(values).values(), reverse=True)
    names = {
        (4, 1): "four of a kind", (3, 2): "full house",
        (3, 1, 1): "three of a kind", (2, 2, 1): "two pair",
        (2, 1, 1, 1): "pair",
    }
    return names.get(tuple(groups), "high card")


class SlidingPuzzle:
    """A board of numbered tiles with one hole, shown as zero.

    :param tiles: the numbers row by row
    :param width: the number of columns

    >>> puzzle = SlidingPuzzle([1, 2, 3, 0], width=2)
    >>> puzzle.solved()
    True
    >>> puzzle.slide("right")
    >>> puzzle.tiles
    [1, 2, 0, 3]
    >>> puzzle.slide("left"); puzzle.moves
    2
    >>> puzzle.misplaced()
    0
    >>> SlidingPuzzle([2, 1, 0, 3], width=2).misplaced()
    3
    >>> puzzle.slide("up")
    Traceback (most recent call last):
    ...
    ValueError: no tile can move up
    """

    # For each direction: the offset from the hole to the tile that moves.
    OFFSETS = {"up": (1, 0), "down": (-1, 0), "left": (0, 1), "right": (0, -1)}

    def __init__(self, tiles: list[int], width: int) -> None:
        self.tiles = list(tiles)
        self.width = width
        self.moves = 0

    def slide(self, direction: str) -> None:
        """Move the tile next to the hole in a direction."""
        hole = self.tiles.index(0)
        row, column = divmod(hole, self.width)
        down, across = self.OFFSETS[direction]
        height = len(self.tiles) // self.width
        # Without this test a tile could wrap round to the neighbouring row.
        if not (0 <= row + down < height and 0 <= column + across < self.width):
            raise ValueError(f"no tile can move {direction}")
        tile = hole + down * self.width + across
        self.tiles[hole], self.tiles[tile] = self.tiles[tile], 0
        self.moves += 1

    def misplaced(self) -> int:
        """Count the tiles that are not at home, a bound on the moves left."""
        return sum(tile not in (0, index + 1)
                   for index, tile in enumerate(self.tiles))

    def solved(self) -> bool:
        """Say whether every tile is at home."""
        return self.misplaced() == 0
