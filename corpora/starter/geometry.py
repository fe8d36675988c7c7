# SPDX-License-Identifier: MIT OR Apache-2.0
"""Plane geometry on whole coordinates, which keeps every decision exact."""

from __future__ import annotations

from typing import NamedTuple


class Point(NamedTuple):
    """A place in the plane, which is also used as a direction.

    As a tuple it can be a dictionary key and be unpacked.

    Examples:
        >>> Point(1, 2) - Point(3, 3)
        Point(x=-2, y=-1)
        >>> Point(2, 0).cross(Point(0, 3))
        6
        >>> Point(1, 5).turned()
        Point(x=-5, y=1)
        >>> x, y = Point(4, 7)
        >>> x + y
        11
        >>> Point(1, 2).distance(Point(4, -2))
        7
    """

    x: int
    y: int

    def __sub__(self, other: Point) -> Point:
        return Point(self.x - other.x, self.y - other.y)

    def cross(self, other: Point) -> int:
        """Return the signed area of the parallelogram of two directions."""
        return self.x * other.y - self.y * other.x

    def turned(self) -> Point:
        """Return the direction turned left by a right angle."""
        return Point(-self.y, self.x)

    def distance(self, other: Point) -> int:
        """Return the way a taxi takes in a grid of streets."""
        return abs(self.x - other.x) + abs(self.y - other.y)


def orientation(a: Point, b: Point, c: Point) -> str:
    """Say to which side a path turns at its middle point.

    Args:
        a: The start.
        b: The point of the turn.
        c: The end.

    Returns:
        One of ``left``, ``right`` and ``straight``.

    Examples:
        >>> orientation(Point(0, 0), Point(2, 0), Point(2, 2))
        'left'
        >>> orientation(Point(0, 0), Point(0, 2), Point(2, 2))
        'right'
        >>> orientation(Point(0, 0), Point(1, 1), Point(3, 3))
        'straight'
        >>> orientation(Point(0, 0), Point(0, 0), Point(5, 1))
        'straight'
    """
    area = (b - a).cross(c - b)
    if area == 0:
        return "straight"
    # A positive area means turning against the clock.
    return "left" if area > 0 else "right"


def segments_cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Say whether two segments have a point in common.

    Args:
        a: One end of the first segment.
        b: Its other end.
        c: One end of the second segment.
        d: Its other end.

    Returns:
        Whether they meet, touching ends included.

    Examples:
        >>> segments_cross(Point(0, 0), Point(4, 4), Point(0, 4), Point(4, 0))
        True
        >>> segments_cross(Point(0, 0), Point(1, 1), Point(2, 2), Point(3, 3))
        False
        >>> segments_cross(Point(0, 0), Point(4, 0), Point(2, 0), Point(2, 5))
        True
        >>> segments_cross(Point(0, 0), Point(1, 0), Point(0, 1), Point(1, 1))
        False
    """
    # Segments whose bounding boxes are apart cannot meet.
    if max(a.x, b.x) < min(c.x, d.x) or max(c.x, d.x) < min(a.x, b.x):
        return False
    if max(a.y, b.y) < min(c.y, d.y) or max(c.y, d.y) < min(a.y, b.y):
        return False
    ends_of_second = (b - a).cross(c - a) * (b - a).cross(d - a)
    ends_of_first = (d - c).cross(a - c) * (d - c).cross(b - c)
    # Each segment must have the other one's ends on different sides.
    return ends_of_second <= 0 and ends_of_first <= 0


def doubled_area(corners: list[Point]) -> int:
    """Compute twice the area of a polygon by the shoelace formula.

    Doubling keeps the result whole. The sign tells the sense of rotation, which
    drawing programs use to tell holes from outlines.

    Args:
        corners: The corners in order, without repeating the first.

    Returns:
        Twice the area, negative if the corners go clockwise.

    Examples:
        >>> doubled_area([Point(0, 0), Point(4, 0), Point(4, 3)])
        12
        >>> doubled_area([Point(0, 0), Point(0, 2), Point(2, 2), Point(2, 0)])
        -8
        >>> doubled_area([Point(1, 1), Point(5, 5)])
        0
        >>> doubled_area([])
        0
    """
    total = 0
    for index, corner in enumerate(corners):
        # Index -1 reaches the last corner, which closes the outline.
        total += corners[index - 1].cross(corner)
    return total


def contains(corners: list[Point], place: Point) -> bool:
    """Say whether a place lies inside a polygon.

    A ray to the right leaves the polygon as often as it enters, unless it began
    inside. Counting only edges that cross the ray's height from one side counts
    each corner once.

    Args:
        corners: The corners in order.
        place: The place to test, not on an edge.

    Returns:
        Whether it is inside.

    Examples:
        >>> contains([Point(0, 0), Point(4, 0), Point(4, 4), Point(0, 4)], Point(1, 2))
        True
        >>> contains([Point(0, 0), Point(4, 0), Point(0, 4)], Point(3, 3))
        False
        >>> contains([Point(0, 0), Point(4, 0), Point(2, 1), Point(2, 4)], Point(1, 1))
        True
        >>> contains([], Point(0, 0))
        False
    """
    inside = False
    for index, b in enumerate(corners):
        a = corners[index - 1]
        if (a.y > place.y) == (b.y > place.y):
            continue
        # For a falling edge both factors change sign, so compare accordingly.
        area = (b - a).cross(place - a)
        if (area > 0) == (b.y > a.y):
            inside = not inside
    return inside


def convex_hull(points: list[Point]) -> list[Point]:
    """Stretch a rubber band around points (Andrew's monotone chain).

    Lower and upper side are built from left to right; a point is dropped as
    soon as the band would bend inwards at it.

    Args:
        points: The points in any order.

    Returns:
        The corners against the clock, beginning at the left; points on an edge
        are no corners.

    Examples:
        >>> hull = convex_hull([Point(0, 0), Point(2, 1), Point(4, 0), Point(2, 3)])
        >>> [tuple(corner) for corner in hull]
        [(0, 0), (4, 0), (2, 3)]
        >>> len(convex_hull([Point(0, 0), Point(1, 1), Point(2, 2)]))
        2
        >>> convex_hull([Point(3, 3), Point(3, 3)])
        [Point(x=3, y=3)]
        >>> convex_hull([])
        []
    """
    ordered = sorted(set(points))
    if len(ordered) <= 2:
        return ordered
    sides: list[list[Point]] = []
    for sequence in (ordered, ordered[::-1]):
        side: list[Point] = []
        for point in sequence:
            while len(side) >= 2 and orientation(side[-2], side[-1], point) != "left":
                side.pop()
            side.append(point)
        # The last point of a side is the first of the other one.
        sides.append(side[:-1])
    return sides[0] + sides[1]


def bounding_box(points: list[Point]) -> tuple[Point, Point]:
    """Find the smallest upright rectangle around points.

    Args:
        points: At least one point.

    Returns:
        The lower left and the upper right corner.

    Raises:
        ValueError: If there are no points.

    Examples:
        >>> bounding_box([Point(3, 1), Point(-1, 4), Point(0, 0)])
        (Point(x=-1, y=0), Point(x=3, y=4))
        >>> low, high = bounding_box([Point(5, 5)])
        >>> low == high
        True
        >>> bounding_box([])
        Traceback (most recent call last):
        ...
        ValueError: no points
    """
    if not points:
        raise ValueError("no points")
    left = right = points[0].x
    bottom = top = points[0].y
    for x, y in points[1:]:
        left, right = min(left, x), max(right, x)
        bottom, top = min(bottom, y), max(top, y)
    return Point(left, bottom), Point(right, top)


def line_cells(start: Point, end: Point) -> list[tuple[int, int]]:
    """List the cells of a grid along a straight line (Bresenham).

    The error term collects how far the cells have strayed from the true line,
    in units that need no fractions.

    Args:
        start: The first cell.
        end: The last cell.

    Returns:
        The cells in order, both ends included.

    Examples:
        >>> line_cells(Point(0, 0), Point(4, 2))
        [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)]
        >>> line_cells(Point(0, 2), Point(0, 0))
        [(0, 2), (0, 1), (0, 0)]
        >>> line_cells(Point(1, 1), Point(1, 1))
        [(1, 1)]
        >>> line_cells(Point(0, 0), Point(-2, 2))
        [(0, 0), (-1, 1), (-2, 2)]
    """
    x, y = start
    width, height = abs(end.x - x), -abs(end.y - y)
    step_x = 1 if x < end.x else -1
    step_y = 1 if y < end.y else -1
    error = width + height
    cells = [(x, y)]
    while (x, y) != (end.x, end.y):
        doubled = 2 * error
        # Both branches may apply in one round: that is a diagonal step.
        if doubled >= height:
            error += height
            x += step_x
        if doubled <= width:
            error += width
            y += step_y
        cells.append((x, y))
    return cells


def walk(commands: str, start: Point = Point(0, 0)) -> list[Point]:
    """Follow the commands of a small robot and list where it has been.

    Known letters are ``F`` for a step forward and ``L`` and ``R`` for a turn on
    the spot. The robot looks up at first.

    Args:
        commands: The letters.
        start: Where the robot stands.

    Returns:
        The places in order, the start included.

    Raises:
        ValueError: For an unknown letter.

    Examples:
        >>> [tuple(place) for place in walk("FRF")]
        [(0, 0), (0, 1), (1, 1)]
        >>> walk("LLL", Point(5, 5))
        [Point(x=5, y=5)]
        >>> tuple(walk("FLFLFLF")[-1])
        (0, 0)
        >>> walk("FX")
        Traceback (most recent call last):
        ...
        ValueError: unknown command 'X'
    """
    place, heading = start, Point(0, 1)
    places = [place]
    for command in commands:
        if command == "F":
            place = Point(place.x + heading.x, place.y + heading.y)
            places.append(place)
        elif command == "L":
            heading = heading.turned()
        elif command == "R":
            # Three left turns make one to the right.
            heading = heading.turned().turned().turned()
        else:
            raise ValueError(f"unknown command {command!r}")
    return places


def nearest_pair(points: list[Point]) -> tuple[int, list[Point]]:
    """Find the two points with the shortest taxi ride between them.

    With points sorted by x, the inner loop can stop as soon as the difference
    in x alone exceeds the best ride.

    Args:
        points: At least two points.

    Returns:
        The length of the ride and the two points from left to right.

    Raises:
        ValueError: If there are fewer than two points.

    Examples:
        >>> nearest_pair([Point(0, 0), Point(9, 9), Point(8, 7), Point(3, 5)])
        (3, [Point(x=8, y=7), Point(x=9, y=9)])
        >>> nearest_pair([Point(1, 1), Point(1, 1)])[0]
        0
        >>> nearest_pair([Point(0, 0), Point(1, 9), Point(2, 1)])[0]
        3
        >>> nearest_pair([Point(0, 0)])
        Traceback (most recent call last):
        ...
        ValueError: a pair needs two points
    """
    if len(points) < 2:
        raise ValueError("a pair needs two points")
    ordered = sorted(points)
    best, pair = ordered[0].distance(ordered[1]), ordered[:2]
    for index, first in enumerate(ordered):
        for second in ordered[index + 1:]:
            if second.x - first.x >= best:
                break
            if first.distance(second) < best:
                best, pair = first.distance(second), [first, second]
    return best, pair
