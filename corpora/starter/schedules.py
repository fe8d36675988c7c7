# SPDX-License-Identifier: MIT OR Apache-2.0
"""Deciding what runs when: queues, time tables and limits.

Time is always a number handed in by the caller, which makes every decision
repeatable.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field


class CyclicJobs(ValueError):
    """Jobs that wait for each other.

    Parameters
    ----------
    jobs : list of str
        The jobs that can never start.

    Examples
    --------
    >>> CyclicJobs(["a", "b"]).jobs
    ['a', 'b']
    >>> str(CyclicJobs(["test", "build"]))
    'waiting for each other: test, build'
    >>> raise CyclicJobs(["x"])
    Traceback (most recent call last):
    ...
    schedules.CyclicJobs: waiting for each other: x
    """

    def __init__(self, jobs: list[str]) -> None:
        super().__init__(f"waiting for each other: {', '.join(jobs)}")
        self.jobs = jobs


@dataclass(order=True)
class Job:
    """Work with an urgency; smaller numbers go first.

    The arrival number breaks ties, so that the name never takes part in the
    comparison and equally urgent jobs are served fairly.

    Examples
    --------
    >>> Job(1, 5) < Job(2, 1)
    True
    >>> Job(1, 2, "a") == Job(1, 2, "b")
    True
    >>> Job(3, 0, "mail")
    Job(urgency=3, arrival=0, name='mail')
    >>> min(Job(2, 1), Job(2, 0)).arrival
    0
    """

    urgency: int
    arrival: int
    name: str = field(default="", compare=False)


class JobQueue:
    """A waiting line in which urgent jobs overtake others.

    Cancelled jobs stay in the heap until they reach its top, because taking
    them out of the middle would cost more than ignoring them.

    Examples
    --------
    >>> queue = JobQueue()
    >>> queue.add("backup", 5); queue.add("alarm", 0); queue.add("mail", 5)
    >>> queue.take(), queue.take()
    ('alarm', 'backup')
    >>> queue.cancel("mail")
    >>> queue.take() is None
    True
    >>> queue.add("mail", 1)
    >>> queue.take()
    'mail'
    >>> queue.cancel("nothing")
    Traceback (most recent call last):
    ...
    KeyError: 'nothing'
    """

    def __init__(self) -> None:
        self.heap: list[Job] = []
        self.waiting: dict[str, Job] = {}
        self.arrivals = 0

    def add(self, name: str, urgency: int) -> None:
        """Queue a job; queueing it again changes its urgency."""
        job = Job(urgency, self.arrivals, name)
        self.arrivals += 1
        self.waiting[name] = job
        heapq.heappush(self.heap, job)

    def cancel(self, name: str) -> None:
        """Forget a waiting job."""
        del self.waiting[name]

    def take(self) -> str | None:
        """Remove the most urgent job and return its name."""
        while self.heap:
            job = heapq.heappop(self.heap)
            # Identity tells a live entry from one cancelled or replaced.
            if self.waiting.get(job.name) is job:
                del self.waiting[job.name]
                return job.name
        return None


def round_robin(work: dict[str, int], slice_length: int) -> list[tuple[str, int]]:
    """Share one processor fairly by giving everybody short turns.

    Parameters
    ----------
    work : dict of str to int
        The time that each task needs.
    slice_length : int
        The greatest length of one turn.

    Returns
    -------
    list of (str, int)
        The tasks in the order of completion with the time of it.

    Examples
    --------
    >>> round_robin({"a": 3, "b": 1, "c": 2}, 1)
    [('b', 2), ('c', 5), ('a', 6)]
    >>> round_robin({"a": 3, "b": 1}, 10)
    [('a', 3), ('b', 4)]
    >>> round_robin({}, 2)
    []
    >>> round_robin({"idle": 0}, 2)
    [('idle', 0)]
    """
    queue = deque(work.items())
    finished: list[tuple[str, int]] = []
    clock = 0
    while queue:
        name, left = queue.popleft()
        turn = min(left, slice_length)
        clock += turn
        if left > turn:
            # Unfinished work goes to the back of the line.
            queue.append((name, left - turn))
        else:
            finished.append((name, clock))
    return finished


def plan_stages(needs: dict[str, list[str]]) -> list[list[str]]:
    """Arrange jobs in stages so that all jobs of a stage can run at once.

    Parameters
    ----------
    needs : dict of str to list of str
        The jobs that each job waits for.

    Returns
    -------
    list of list of str
        The stages in order, names sorted within each.

    Raises
    ------
    CyclicJobs
        If some jobs wait for each other.

    Examples
    --------
    >>> plan_stages({"test": ["build"], "lint": [], "ship": ["test", "lint"]})
    [['build', 'lint'], ['test'], ['ship']]
    >>> plan_stages({})
    []
    >>> plan_stages({"b": [], "a": []})
    [['a', 'b']]
    >>> plan_stages({"a": ["b"], "b": ["a"], "c": []})
    Traceback (most recent call last):
    ...
    schedules.CyclicJobs: waiting for each other: a, b
    """
    left = {name: list(before) for name, before in needs.items()}
    for before in needs.values():
        for name in before:
            # Jobs that are only waited for have no needs of their own.
            left.setdefault(name, [])
    stages: list[list[str]] = []
    done: set[str] = set()
    while left:
        ready = sorted(name for name in left if done.issuperset(left[name]))
        if not ready:
            raise CyclicJobs(sorted(left))
        stages.append(ready)
        done.update(ready)
        for name in ready:
            del left[name]
    return stages


def assign_machines(durations: list[int], machines: int) -> tuple[int, list[list[int]]]:
    """Spread jobs over equal machines so that the last one ends early.

    Handing the longest job to the least loaded machine is never more than a
    third worse than the best plan, which nobody can find quickly.

    Parameters
    ----------
    durations : list of int
        How long each job takes.
    machines : int
        The number of machines.

    Returns
    -------
    tuple
        The time when everything is done and the jobs' durations by machine.

    Examples
    --------
    >>> assign_machines([2, 3, 4, 5], 2)
    (7, [[5, 2], [4, 3]])
    >>> assign_machines([9], 3)
    (9, [[9], [], []])
    >>> assign_machines([], 1)
    (0, [[]])
    >>> assign_machines([3, 3, 2, 2, 2], 2)
    (7, [[3, 2, 2], [3, 2]])
    """
    loads = [(0, machine) for machine in range(machines)]
    plan: list[list[int]] = [[] for _ in range(machines)]
    for duration in sorted(durations, reverse=True):
        # The heap's top is the machine that becomes free first.
        load, machine = heapq.heappop(loads)
        plan[machine].append(duration)
        heapq.heappush(loads, (load + duration, machine))
    return max(loads)[0], plan


def parse_cron_field(text: str, low: int, high: int) -> list[int]:
    """Expand one field of a cron line into the numbers that it means.

    Parameters
    ----------
    text : str
        Numbers, ranges and steps such as ``*/15`` or ``1-5,9``.
    low, high : int
        The smallest and greatest number allowed.

    Returns
    -------
    list of int
        The numbers in order.

    Raises
    ------
    ValueError
        If a number is out of bounds.

    Examples
    --------
    >>> parse_cron_field("*/20", 0, 59)
    [0, 20, 40]
    >>> parse_cron_field("1-3,7", 0, 7)
    [1, 2, 3, 7]
    >>> parse_cron_field("10-20/5", 0, 23)
    [10, 15, 20]
    >>> parse_cron_field("*", 1, 3)
    [1, 2, 3]
    >>> parse_cron_field("25", 0, 23)
    Traceback (most recent call last):
    ...
    ValueError: '25' is not within 0-23
    """
    numbers: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first, last = int(start), int(end or start)
        if first < low or last > high:
            raise ValueError(f"{part!r} is not within {low}-{high}")
        numbers.update(range(first, last + 1, int(step or 1)))
    # Parts may overlap and come in any order.
    return sorted(numbers)


def next_time(now: tuple[int, int], minutes: str, hours: str) -> tuple[int, int]:
    """Find the next moment of a day at which a cron job starts.

    Parameters
    ----------
    now : tuple of int
        Hour and minute; the job does not start again in this very minute.
    minutes, hours : str
        The two fields of the cron line.

    Returns
    -------
    tuple of int
        Hour and minute, of the following day if none is left today.

    Examples
    --------
    >>> next_time((9, 50), "*/30", "8-10")
    (10, 0)
    >>> next_time((9, 0), "0,15", "9")
    (9, 15)
    >>> next_time((23, 59), "5", "6")
    (6, 5)
    >>> next_time((6, 5), "5", "6")
    (6, 5)
    """
    allowed_minutes = parse_cron_field(minutes, 0, 59)
    allowed_hours = parse_cron_field(hours, 0, 23)
    for hour in allowed_hours:
        for minute in allowed_minutes:
            if (hour, minute) > now:
                return hour, minute
    return allowed_hours[0], allowed_minutes[0]


class TokenBucket:
    """Limits the rate of requests but allows short bursts.

    Tokens are refilled by arithmetic at each request, so no timer has to run in
    the background.

    Parameters
    ----------
    capacity : int
        The greatest number of tokens, with which the bucket begins.
    interval : int
        The time that one new token takes.

    Examples
    --------
    >>> bucket = TokenBucket(capacity=2, interval=10)
    >>> bucket.allow(0), bucket.allow(1), bucket.allow(2)
    (True, True, False)
    >>> bucket.allow(11), bucket.allow(12)
    (True, False)
    >>> bucket.allow(95), bucket.tokens
    (True, 1)
    >>> bucket.allow(50)
    Traceback (most recent call last):
    ...
    ValueError: time runs backwards from 95 to 50
    """

    def __init__(self, capacity: int, interval: int) -> None:
        self.capacity = capacity
        self.interval = interval
        self.tokens = capacity
        self.refilled = 0
        self.latest = 0

    def allow(self, now: int) -> bool:
        """Say whether a request at this time may pass, and count it if so."""
        if now < self.latest:
            raise ValueError(f"time runs backwards from {self.latest} to {now}")
        self.latest = now
        gained = (now - self.refilled) // self.interval
        self.tokens = min(self.capacity, self.tokens + gained)
        # The started part of an interval counts towards the next token.
        self.refilled += gained * self.interval
        if self.tokens == 0:
            return False
        self.tokens -= 1
        return True


def backoff_delays(tries: int, first: int = 1, longest: int = 60) -> list[int]:
    """Plan the pauses between repeated tries of a failing request.

    Doubling gives a server in trouble more and more rest; the limit keeps users
    from waiting for hours once it is back.

    Parameters
    ----------
    tries : int
        The total number of tries, the very first included.
    first : int
        The first pause.
    longest : int
        The greatest pause.

    Returns
    -------
    list of int
        One pause between each two tries.

    Examples
    --------
    >>> backoff_delays(5)
    [1, 2, 4, 8]
    >>> backoff_delays(4, first=20, longest=50)
    [20, 40, 50]
    >>> backoff_delays(1)
    []
    >>> backoff_delays(0)
    []
    """
    delays: list[int] = []
    pause = first
    # There is one pause fewer than there are tries.
    for _ in range(tries - 1):
        delays.append(min(pause, longest))
        pause *= 2
    return delays


def serve_customers(arrivals: list[int], duration: int, counters: int) -> list[int]:
    """Simulate a queue in front of several counters.

    Parameters
    ----------
    arrivals : list of int
        When the customers come, in order.
    duration : int
        How long serving one of them takes.
    counters : int
        How many are served at the same time.

    Returns
    -------
    list of int
        How long each customer waits.

    Examples
    --------
    >>> serve_customers([0, 1, 2, 9], 4, 1)
    [0, 3, 6, 3]
    >>> serve_customers([0, 1, 2, 9], 4, 2)
    [0, 0, 2, 0]
    >>> serve_customers([], 4, 2)
    []
    >>> serve_customers([5, 5, 5], 1, 3)
    [0, 0, 0]
    """
    free_at = [0] * counters
    waits: list[int] = []
    for arrival in arrivals:
        # Everybody goes to the counter that is free first.
        start = max(arrival, heapq.heappop(free_at))
        waits.append(start - arrival)
        heapq.heappush(free_at, start + duration)
    return waits
