# SPDX-License-Identifier: MIT OR Apache-2.0
"""Summaries of numbers: averages, spreads, ranks and trends."""

from __future__ import annotations

from collections import Counter


class RunningStats:
    """Mean and variance of a stream that is too long to keep.

    Welford's update subtracts the mean before squaring, which avoids the
    cancellation that ruins the textbook formula for large values.

    Attributes
    ----------
    count : int
        How many values were seen.
    mean : float
        Their average so far.

    Examples
    --------
    >>> stats = RunningStats()
    >>> for value in [2, 4, 6]:
    ...     stats.add(value)
    >>> stats.mean, stats.variance()
    (4.0, 4.0)
    >>> other = RunningStats([10, 10])
    >>> stats.merge(other)
    >>> stats.count, stats.mean
    (5, 6.4)
    >>> RunningStats([5]).variance()
    0.0
    >>> RunningStats().mean
    0.0
    """

    def __init__(self, values: list[float] | None = None) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0
        for value in values or []:
            self.add(value)

    def add(self, value: float) -> None:
        """Take one more value into account."""
        self.count += 1
        delta = value - self.mean
        self.mean += delta / self.count
        # One factor uses the old mean and one the new; that is no mistake.
        self.squares += delta * (value - self.mean)

    def variance(self) -> float:
        """Return the sample variance, zero for fewer than two values."""
        if self.count < 2:
            return 0.0
        return self.squares / (self.count - 1)

    def merge(self, other: RunningStats) -> None:
        """Take over all values of another stream without seeing them."""
        if other.count == 0:
            return
        total = self.count + other.count
        delta = other.mean - self.mean
        self.squares += other.squares + delta ** 2 * self.count * other.count / total
        self.mean += delta * other.count / total
        self.count = total


def median(values: list[float]) -> float:
    """Return the middle of a sample, which outliers cannot move far.

    Parameters
    ----------
    values : list of float
        The sample in any order.

    Returns
    -------
    float
        The middle value, or the average of the two middle ones.

    Raises
    ------
    ValueError
        If the sample is empty.

    Examples
    --------
    >>> median([7, 1, 3])
    3
    >>> median([4, 1, 3, 2])
    2.5
    >>> median([5])
    5
    >>> median([1, 1, 1000])
    1
    >>> median([])
    Traceback (most recent call last):
    ...
    ValueError: no values
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values: list[float], percent: float) -> float:
    """Return the value below which a share of the sample lies.

    Between two values the result is interpolated, so that the function has no
    jumps when the percentage moves.

    Parameters
    ----------
    values : list of float
        The sample, not empty.
    percent : float
        From 0 to 100.

    Returns
    -------
    float
        The interpolated value.

    Examples
    --------
    >>> percentile([10, 20, 30, 40, 50], 50)
    30.0
    >>> percentile([1, 2], 75)
    1.75
    >>> percentile([3, 1, 2], 0)
    1.0
    >>> percentile([3, 1, 2], 100)
    3.0
    >>> percentile([1], 101)
    Traceback (most recent call last):
    ...
    ValueError: 101 is no percentage
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    lower = int(place)
    # At the very end there is no upper neighbour to interpolate with.
    upper = min(lower + 1, len(ordered) - 1)
    share = place - lower
    return ordered[lower] * (1 - share) + ordered[upper] * share


def modes(values: list[int]) -> list[int]:
    """List the most frequent values of a sample.

    There may be several, and naming only one of them would be arbitrary.

    Examples
    --------
    >>> modes([1, 2, 2, 3, 3])
    [2, 3]
    >>> modes([5, 5, 1])
    [5]
    >>> modes([3, 1, 2])
    [1, 2, 3]
    >>> modes([])
    []
    """
    counts = Counter(values)
    highest = max(counts.values(), default=0)
    return sorted(value for value, count in counts.items() if count == highest)


def histogram(values: list[float], edges: list[float]) -> list[int]:
    """Count values between rising edges.

    Every bin includes its left edge only, except for the last one, which would
    otherwise lose the greatest value. Values outside all bins are ignored.

    Parameters
    ----------
    values : list of float
        The sample.
    edges : list of float
        The borders of the bins, one more than there are bins.

    Returns
    -------
    list of int
        The count of each bin.

    Raises
    ------
    ValueError
        If the edges do not rise.

    Examples
    --------
    >>> histogram([1, 2, 2.5, 4], [0, 2, 4])
    [1, 3]
    >>> histogram([-1, 9], [0, 5])
    [0]
    >>> histogram([], [0, 1, 2])
    [0, 0]
    >>> histogram([1], [3, 3])
    Traceback (most recent call last):
    ...
    ValueError: edge 3 does not rise above 3
    """
    for left, right in zip(edges, edges[1:]):
        if right <= left:
            raise ValueError(f"edge {right} does not rise above {left}")
    counts = [0] * (len(edges) - 1)
    for value in values:
        for place in range(len(counts)):
            last = place == len(counts) - 1
            inside = edges[place] <= value < edges[place + 1]
            if inside or (last and value == edges[-1]):
                counts[place] += 1
                break
    return counts


def ranks(values: list[float]) -> list[float]:
    """Replace values by their places in the order, equal ones sharing a place.

    Rank methods need the average place of tied values, or the result would
    depend on the order in which they were typed in.

    Examples
    --------
    >>> ranks([30, 10, 20])
    [3.0, 1.0, 2.0]
    >>> ranks([5, 1, 5])
    [2.5, 1.0, 2.5]
    >>> ranks([4, 4, 4])
    [2.0, 2.0, 2.0]
    >>> ranks([])
    []
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    result = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        # Places are counted from one, hence the sum of start + 1 and end.
        for index in order[start:end]:
            result[index] = (start + 1 + end) / 2
        start = end
    return result


def moving_average(values: list[float], width: int) -> list[float]:
    """Smooth a series with a window that trails behind.

    The first results average what is there already, so the output is as long as
    the input and can be drawn over it.

    Parameters
    ----------
    values : list of float
        The series.
    width : int
        The number of values in a full window.

    Returns
    -------
    list of float
        The smoothed series.

    Examples
    --------
    >>> moving_average([2, 4, 6, 8], 2)
    [2.0, 3.0, 5.0, 7.0]
    >>> moving_average([3, 3], 5)
    [3.0, 3.0]
    >>> moving_average([1, 5, 9], 1)
    [1.0, 5.0, 9.0]
    >>> moving_average([], 3)
    []
    """
    averages: list[float] = []
    total = 0.0
    for index, value in enumerate(values):
        total += value
        if index >= width:
            # Only the value that leaves the window has to be subtracted.
            total -= values[index - width]
        averages.append(total / min(index + 1, width))
    return averages


def fit_line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Fit a straight line by least squares.

    Parameters
    ----------
    points : list of (float, float)
        The measured pairs.

    Returns
    -------
    tuple of float
        Slope and intercept.

    Raises
    ------
    ValueError
        If all points stand above each other, where no slope is finite.

    Examples
    --------
    >>> fit_line([(0, 1), (1, 3), (2, 5)])
    (2.0, 1.0)
    >>> fit_line([(0, 0), (2, 2), (4, 0)])
    (0.0, 0.6666666666666666)
    >>> fit_line([(1, 5), (3, 4)])
    (-0.5, 5.5)
    >>> fit_line([(1, 1), (1, 2)])
    Traceback (most recent call last):
    ...
    ValueError: the points do not differ in x
    """
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    covariance = spread = 0.0
    for x, y in points:
        covariance += (x - mean_x) * (y - mean_y)
        spread += (x - mean_x) ** 2
    if spread == 0:
        raise ValueError("the points do not differ in x")
    slope = covariance / spread
    # A least-squares line always passes through the point of both means.
    return slope, mean_y - slope * mean_x


def find_outliers(values: list[float], factor: float = 1.5) -> list[float]:
    """Find values far outside the middle half of a sample (Tukey's fences).

    Quartiles are used because the mean and the deviation are themselves pulled
    towards the outliers that one is looking for.

    Parameters
    ----------
    values : list of float
        The sample.
    factor : float
        How many widths of the middle half count as far.

    Returns
    -------
    list of float
        The outliers in their order of appearance.

    Examples
    --------
    >>> find_outliers([10, 12, 11, 13, 99])
    [99]
    >>> find_outliers([1, 2, 3, 4])
    []
    >>> find_outliers([5, -40, 6, 7, 60])
    [-40, 60]
    >>> find_outliers([1, 2, 3, 9], factor=0.5)
    [9]
    >>> find_outliers([])
    []
    """
    if not values:
        return []
    low = percentile(values, 25)
    high = percentile(values, 75)
    reach = factor * (high - low)
    return [v for v in values if v < low - reach or v > high + reach]


def longest_streak(values: list[float]) -> tuple[int, int]:
    """Locate the longest stretch in which a series never falls.

    Returns
    -------
    tuple of int
        The first index and the length; the earliest of equally long ones.

    Examples
    --------
    >>> longest_streak([5, 1, 2, 2, 0])
    (1, 3)
    >>> longest_streak([3, 2, 1])
    (0, 1)
    >>> longest_streak([])
    (0, 0)
    >>> longest_streak([1, 2, 0, 1])
    (0, 2)
    """
    best_start = best_length = 0
    start = 0
    for index in range(len(values)):
        if index > 0 and values[index] < values[index - 1]:
            start = index
        length = index - start + 1
        if length > best_length:
            best_start, best_length = start, length
    return best_start, best_length


def weighted_vote(ballots: list[tuple[str, int]], quorum: int) -> str | None:
    """Decide a vote in which voices have weights.

    Parameters
    ----------
    ballots : list of (str, int)
        Choice and weight of each voter.
    quorum : int
        The total weight without which no decision is valid.

    Returns
    -------
    str or None
        The choice with more than half of the weight, if there is one.

    Examples
    --------
    >>> weighted_vote([("yes", 3), ("no", 2), ("yes", 1)], quorum=5)
    'yes'
    >>> weighted_vote([("yes", 1), ("no", 1)], quorum=2) is None
    True
    >>> weighted_vote([("yes", 3)], quorum=4) is None
    True
    >>> weighted_vote([], quorum=0) is None
    True
    """
    totals: dict[str, int] = {}
    for choice, weight in ballots:
        totals[choice] = totals.get(choice, 0) + weight
    cast = sum(totals.values())
    if cast < quorum:
        return None
    for choice, total in totals.items():
        # Doubling the total avoids a fraction for odd sums.
        if 2 * total > cast:
            return choice
    return None
