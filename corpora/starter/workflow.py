# SPDX-License-Identifier: MIT OR Apache-2.0
"""Processes that move from state to state: approvals, games, connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class WrongState(Exception):
    """An action that the present state does not allow.

    >>> str(WrongState("publish", "draft"))
    'cannot publish while draft'
    >>> WrongState("publish", "draft").action
    'publish'
    >>> raise WrongState("close", "closed")
    Traceback (most recent call last):
    ...
    workflow.WrongState: cannot close while closed
    """

    def __init__(self, action: str, state: str) -> None:
        super().__init__(f"cannot {action} while {state}")
        self.action = action


class Stage(Enum):
    """The life of an article.

    The allowed moves are a table and not scattered over the code, so that an
    editor can read them.

    >>> [stage.value for stage in Stage.DRAFT.allowed()]
    ['review']
    >>> Stage.REVIEW.can_become(Stage.DRAFT)
    True
    >>> Stage.DRAFT.can_become(Stage.PUBLISHED)
    False
    >>> Stage("archived").allowed()
    []
    """

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"

    def allowed(self) -> list[Stage]:
        """List the stages that may come next."""
        table = {
            Stage.DRAFT: [Stage.REVIEW],
            Stage.REVIEW: [Stage.DRAFT, Stage.PUBLISHED],
            Stage.PUBLISHED: [Stage.DRAFT, Stage.ARCHIVED],
            Stage.ARCHIVED: [],
        }
        return table[self]

    def can_become(self, other: Stage) -> bool:
        """Say whether another stage may come next."""
        return other in self.allowed()


@dataclass
class Article:
    """A text that needs the approval of several people before it appears.

    An author cannot approve the own text, and every change of the text makes
    earlier approvals void.

    >>> article = Article("ann", "Hello", needed=2)
    >>> article.submit()
    >>> article.approve("bob"), article.approve("bob"), article.approve("cleo")
    (1, 1, 2)
    >>> article.stage.value
    'published'
    >>> article.edit("Hello!")
    >>> article.stage.value, article.approvals
    ('draft', [])
    >>> article.approve("bob")
    Traceback (most recent call last):
    ...
    workflow.WrongState: cannot approve while draft
    >>> article.submit()
    >>> article.approve("ann")
    Traceback (most recent call last):
    ...
    PermissionError: ann wrote the text
    """

    author: str
    text: str
    needed: int = 1
    stage: Stage = Stage.DRAFT
    approvals: list[str] = field(default_factory=list)

    def move(self, action: str, stage: Stage) -> None:
        """Change the stage if the table allows it."""
        if not self.stage.can_become(stage):
            raise WrongState(action, self.stage.value)
        self.stage = stage

    def submit(self) -> None:
        """Hand the text to the reviewers."""
        self.move("submit", Stage.REVIEW)

    def approve(self, reviewer: str) -> int:
        """Count an approval, publish if it was the last one needed."""
        if self.stage is not Stage.REVIEW:
            raise WrongState("approve", self.stage.value)
        if reviewer == self.author:
            raise PermissionError(f"{reviewer} wrote the text")
        # Approving twice is no mistake, but it counts only once.
        if reviewer not in self.approvals:
            self.approvals.append(reviewer)
        if len(self.approvals) >= self.needed:
            self.move("publish", Stage.PUBLISHED)
        return len(self.approvals)

    def edit(self, text: str) -> None:
        """Change the text, which brings it back to its author."""
        if self.stage is not Stage.DRAFT:
            self.move("edit", Stage.DRAFT)
        self.text = text
        self.approvals.clear()


class TennisGame:
    """The score of one game of tennis.

    Points are counted plainly; the traditional names exist only in the report,
    which keeps the rules simple.

    >>> game = TennisGame()
    >>> game.play("AAB"), game.play("B")
    ('30-15', '30-30')
    >>> game.play("AB"), game.play("B"), game.play("A")
    ('deuce', 'advantage B', 'deuce')
    >>> game.play("AA")
    'game A'
    >>> game.play("B")
    Traceback (most recent call last):
    ...
    workflow.WrongState: cannot play while over
    >>> TennisGame().play("")
    '0-0'
    """

    NAMES = ("0", "15", "30", "40")

    def __init__(self) -> None:
        self.points = {"A": 0, "B": 0}

    def play(self, rallies: str) -> str:
        """Give a point for each letter and return the score."""
        for winner in rallies:
            if self.is_over():
                raise WrongState("play", "over")
            self.points[winner] += 1
        return self.score()

    def is_over(self) -> bool:
        """Say whether somebody has won."""
        a, b = self.points["A"], self.points["B"]
        return max(a, b) >= 4 and abs(a - b) >= 2

    def score(self) -> str:
        """Name the score in the language of the sport."""
        a, b = self.points["A"], self.points["B"]
        leader = "A" if a > b else "B"
        if self.is_over():
            return f"game {leader}"
        # From forty all on only the difference matters.
        if min(a, b) >= 3:
            return "deuce" if a == b else f"advantage {leader}"
        return f"{self.NAMES[a]}-{self.NAMES[b]}"


class Connection:
    """A connection that gives up after too many failures in a row.

    While given up ("open" in the language of circuit breakers) requests are
    refused at once, which lets the other side recover.

    >>> line = Connection(limit=2, rest=10)
    >>> line.request(0, False), line.request(1, False)
    ('failed', 'failed')
    >>> line.request(5, True)
    'refused'
    >>> line.request(11, False), line.request(12, True)
    ('failed', 'refused')
    >>> line.request(25, True), line.request(26, False), line.request(27, True)
    ('ok', 'failed', 'ok')
    >>> line.failures
    0
    """

    def __init__(self, limit: int, rest: int) -> None:
        self.limit = limit
        self.rest = rest
        self.failures = 0
        self.closed_until = 0

    def request(self, now: int, works: bool) -> str:
        """Try a request at a time and say how it went."""
        if now < self.closed_until:
            return "refused"
        if works:
            self.failures = 0
            return "ok"
        self.failures += 1
        # A failed trial after the rest exceeds the limit at once.
        if self.failures >= self.limit:
            self.closed_until = now + self.rest
        return "failed"


@dataclass(frozen=True)
class Room:
    """A place in a text adventure.

    >>> hall = Room("hall", {"north": "attic"}, locked={"north": "key"})
    >>> hall.leads("north", ["key"])
    'attic'
    >>> hall.leads("north", []) is None
    True
    >>> hall.leads("south", ["key"]) is None
    True
    >>> Room("cell").leads("up", []) is None
    True
    """

    name: str
    exits: dict[str, str] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    locked: dict[str, str] = field(default_factory=dict)

    def leads(self, direction: str, carried: list[str]) -> str | None:
        """Name the room behind an exit, unless it is locked or missing."""
        needed = self.locked.get(direction)
        # An exit without a lock needs nothing.
        if needed is not None and needed not in carried:
            return None
        return self.exits.get(direction)


class Adventure:
    """A text adventure that understands two words at a time.

    Rooms never change; what was taken is remembered by the player, so that one
    map can serve many games.

    >>> house = [Room("hall", {"north": "attic"}, ("lamp", "key"), {"north": "key"}),
    ...          Room("attic", {"south": "hall"}, ("map",))]
    >>> game = Adventure(house)
    >>> game.do("go north")
    'you cannot go north'
    >>> game.do("take key"), game.do("go north")
    ('taken', 'you are in the attic')
    >>> game.do("look")
    'attic: map'
    >>> game.do("take key"), game.do("dance")
    ('there is no key here', 'I do not understand')
    >>> game.do("go south"), game.do("look")
    ('you are in the hall', 'hall: lamp')
    """

    def __init__(self, rooms: list[Room]) -> None:
        self.rooms = {room.name: room for room in rooms}
        self.place = rooms[0]
        self.carried: list[str] = []

    def visible(self) -> list[str]:
        """List the things in the room that were not taken."""
        return [item for item in self.place.items if item not in self.carried]

    def do(self, command: str) -> str:
        """Carry out a command and describe the result."""
        verb, _, noun = command.partition(" ")
        if verb == "look":
            return f"{self.place.name}: {', '.join(self.visible()) or 'nothing'}"
        if verb == "take":
            if noun not in self.visible():
                return f"there is no {noun} here"
            self.carried.append(noun)
            return "taken"
        if verb == "go":
            name = self.place.leads(noun, self.carried)
            if name is None:
                return f"you cannot go {noun}"
            self.place = self.rooms[name]
            return f"you are in the {name}"
        return "I do not understand"


def subscription_states(payments: dict[int, bool], months: int) -> list[str]:
    """Follow a subscription through months of payments and failures.

    One failed payment only brings a reminder; the second in a row ends the
    subscription, and later payments cannot revive it.

    :param payments: whether the payment of a month arrived; absent is not due
    :param months: how many months to follow
    :returns: the state at the end of each month

    >>> subscription_states({1: True, 2: False, 3: True}, 3)
    ['active', 'overdue', 'active']
    >>> subscription_states({1: False, 2: False, 3: True}, 4)
    ['overdue', 'ended', 'ended', 'ended']
    >>> subscription_states({2: False}, 3)
    ['trial', 'overdue', 'overdue']
    >>> subscription_states({}, 0)
    []
    """
    state = "trial"
    states: list[str] = []
    for month in range(1, months + 1):
        paid = payments.get(month)
        if state != "ended" and paid is not None:
            if paid:
                state = "active"
            else:
                # The second failure in a row is the last.
                state = "ended" if state == "overdue" else "overdue"
        states.append(state)
    return states


def strip_comments(source: str) -> str:
    """Remove comments of the C family from source code.

    Four states are enough: code, text in quotes and the two kinds of comments.
    A comment sign within quotes is no comment.

    :param source: the source code
    :returns: the same without comments

    >>> strip_comments("a = 1; // one")
    'a = 1; '
    >>> strip_comments("f(/* x */ y)")
    'f( y)'
    >>> strip_comments('url = "http://x"; // site')
    'url = "http://x"; '
    >>> strip_comments("a / b /* open")
    'a / b '
    >>> strip_comments("")
    ''
    """
    result = ""
    state = "code"
    position = 0
    while position < len(source):
        pair = source[position:position + 2]
        letter = source[position]
        if state == "code" and pair in ("//", "/*"):
            state = "line" if pair == "//" else "block"
            position += 1
        elif state == "line":
            # The end of the line belongs to the code and not to the comment.
            if letter == "\n":
                state = "code"
                result += letter
        elif state == "block":
            if pair == "*/":
                state = "code"
                position += 1
        else:
            if letter == '"':
                state = "code" if state == "text" else "text"
            result += letter
        position += 1
    return result


def decode_signals(levels: list[int], least: int) -> list[tuple[str, int]]:
    """Read the presses of a button whose contacts bounce.

    A level counts only after it has been stable for some samples; shorter
    changes are noise of the metal.

    :param levels: one sample of the contact for each tick, 0 or 1
    :param least: how many equal samples make a level stable
    :returns: ``down`` and ``up`` with the tick at which they became certain

    >>> decode_signals([0, 1, 0, 1, 1, 1, 0, 0], 2)
    [('down', 4), ('up', 7)]
    >>> decode_signals([0, 1, 0, 1, 0], 2)
    []
    >>> decode_signals([1, 1], 1)
    [('down', 0)]
    >>> decode_signals([], 3)
    []
    """
    events: list[tuple[str, int]] = []
    stable = candidate = run = 0
    for tick, level in enumerate(levels):
        if level == candidate:
            run += 1
        else:
            candidate, run = level, 1
        # The event is due when the run becomes just long enough.
        if candidate != stable and run >= least:
            stable = candidate
            events.append(("down" if stable else "up", tick))
    return events
