# SPDX-License-Identifier: MIT OR Apache-2.0
"""State machines: objects whose answer depends on what happened before."""

from __future__ import annotations

from enum import Enum


class MachineError(Exception):
    """A request that the machine cannot serve in its present state.

    Callers catch this one class to handle every machine alike; the state is
    kept for their error report.

    >>> MachineError("jammed", "cannot turn").state
    'jammed'
    >>> str(MachineError("idle", "no coin"))
    'no coin (while idle)'
    >>> MachineError("a", "b").args
    ('b (while a)',)
    >>> raise MachineError("open", "already open")
    Traceback (most recent call last):
    ...
    machines.MachineError: already open (while open)
    """

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(f"{reason} (while {state})")
        self.state = state


class Turnstile:
    """A gate that lets one person through for each coin.

    Coins beyond the first are kept as credit, as operators prefer a happy
    visitor to a coin return. Pushing a locked gate is only counted.

    >>> gate = Turnstile()
    >>> gate.push()
    False
    >>> gate.coin(); gate.coin()
    >>> gate.push(), gate.push(), gate.push()
    (True, True, False)
    >>> gate.visitors, gate.refused
    (2, 2)
    >>> Turnstile().credit
    0
    """

    def __init__(self) -> None:
        self.credit = 0
        self.visitors = 0
        self.refused = 0

    def coin(self) -> None:
        """Accept a coin."""
        self.credit += 1

    def push(self) -> bool:
        """Try to walk through; say whether the gate gave way."""
        if self.credit == 0:
            self.refused += 1
            return False
        # The gate locks again by itself: the credit is used up by one passage.
        self.credit -= 1
        self.visitors += 1
        return True


class VendingMachine:
    """Sells numbered slots of goods for coins and gives change.

    Change is paid with the largest coins first, which is optimal for the coin
    set used here.

    >>> machine = VendingMachine({"tea": (30, 1), "gum": (5, 9)})
    >>> machine.insert(50)
    50
    >>> machine.buy("tea")
    [20]
    >>> machine.insert(10), machine.insert(2)
    (10, 12)
    >>> machine.buy("gum")
    [5, 2]
    >>> machine.buy("tea")
    Traceback (most recent call last):
    ...
    machines.MachineError: tea is sold out (while waiting)
    >>> machine.insert(3)
    Traceback (most recent call last):
    ...
    machines.MachineError: unknown coin 3 (while waiting)
    >>> machine.insert(2)
    2
    >>> machine.buy("gum")
    Traceback (most recent call last):
    ...
    machines.MachineError: 3 more needed (while paying)
    """

    COINS = (50, 20, 10, 5, 2, 1)

    def __init__(self, stock: dict[str, tuple[int, int]]) -> None:
        self.stock = dict(stock)
        self.paid = 0

    @property
    def state(self) -> str:
        """Name the state for error reports."""
        return "paying" if self.paid else "waiting"

    def insert(self, coin: int) -> int:
        """Add a coin and return the sum paid so far."""
        if coin not in self.COINS:
            raise MachineError(self.state, f"unknown coin {coin}")
        self.paid += coin
        return self.paid

    def buy(self, name: str) -> list[int]:
        """Hand out one item and return the change as coins."""
        price, count = self.stock[name]
        if count == 0:
            raise MachineError(self.state, f"{name} is sold out")
        if self.paid < price:
            raise MachineError(self.state, f"{price - self.paid} more needed")
        self.stock[name] = (price, count - 1)
        # Reset before paying out, so that the change cannot be spent twice.
        rest, self.paid = self.paid - price, 0
        change: list[int] = []
        for coin in self.COINS:
            while rest >= coin:
                change.append(coin)
                rest -= coin
        return change


class Light(Enum):
    """The colours of a traffic light with the ticks for which each is shown.

    Storing the duration as the value keeps the timing table in one place.

    >>> Light.RED.value
    3
    >>> Light.GREEN.following().name
    'YELLOW'
    >>> Light.RED.following() is Light.GREEN
    True
    >>> [light.name for light in Light]
    ['RED', 'GREEN', 'YELLOW']
    >>> Light(9)
    Traceback (most recent call last):
    ...
    ValueError: 9 is not a valid Light
    """

    RED = 3
    GREEN = 2
    YELLOW = 1

    def following(self) -> Light:
        """Return the colour shown next."""
        lights = list(Light)
        # The remainder wraps from the last colour to the first.
        return lights[(lights.index(self) + 1) % len(lights)]


def traffic_timeline(start: Light, ticks: int) -> str:
    """Write the colours of a traffic light, one letter for each tick.

    Planners compare such strings of two crossings to look for moments at which
    both show green.

    >>> traffic_timeline(Light.RED, 7)
    'RRRGGYR'
    >>> traffic_timeline(Light.YELLOW, 3)
    'YRR'
    >>> traffic_timeline(Light.GREEN, 0)
    ''
    >>> traffic_timeline(Light["GREEN"], 1)
    'G'
    """
    timeline = ""
    light, left = start, start.value
    for _ in range(ticks):
        timeline += light.name[0]
        left -= 1
        if left == 0:
            # The new colour starts with its own full duration.
            light = light.following()
            left = light.value
    return timeline


class Elevator:
    """One cabin that finishes its direction before it turns round.

    Serving calls in travel order, not in order of arrival, keeps passengers
    from being carried back and forth.

    >>> lift = Elevator(top=9, floor=3)
    >>> lift.call(5); lift.call(1); lift.call(4)
    >>> lift.run()
    [4, 5, 1]
    >>> lift.floor, lift.travelled
    (1, 6)
    >>> lift.run()
    []
    >>> lift.call(1); lift.run()
    [1]
    >>> lift.call(10)
    Traceback (most recent call last):
    ...
    machines.MachineError: no floor 10 (while at 1)
    """

    def __init__(self, top: int, floor: int = 0) -> None:
        self.top = top
        self.floor = floor
        self.travelled = 0
        self.calls: list[int] = []

    def call(self, floor: int) -> None:
        """Ask for a stop; asking twice is the same as once."""
        if not 0 <= floor <= self.top:
            raise MachineError(f"at {self.floor}", f"no floor {floor}")
        if floor not in self.calls:
            self.calls.append(floor)

    def run(self) -> list[int]:
        """Serve all calls, upwards first, and return the stops in order."""
        above = sorted(floor for floor in self.calls if floor >= self.floor)
        below = sorted((f for f in self.calls if f < self.floor), reverse=True)
        stops = above + below
        self.calls.clear()
        for stop in stops:
            # Distance counts in both directions, hence the absolute value.
            self.travelled += abs(stop - self.floor)
            self.floor = stop
        return stops


def run_stack_program(program: list[str]) -> list[int]:
    """Execute a program for a tiny stack machine and return the final stack.

    Words are ``push N``, ``add``, ``sub``, ``mul``, ``dup``, ``swap``, ``drop``
    and ``jnz N``, which pops a value and jumps to line N unless it is zero. A
    step limit stops endless loops, as an embedded interpreter must.

    >>> run_stack_program(["push 2", "push 3", "add", "dup", "mul"])
    [25]
    >>> run_stack_program(["push 3", "push -1", "add", "dup", "jnz 1"])
    [0]
    >>> run_stack_program([])
    []
    >>> run_stack_program(["push 1", "push 9", "swap", "sub"])
    [8]
    >>> run_stack_program(["push 1", "add"])
    Traceback (most recent call last):
    ...
    machines.MachineError: stack underflow in 'add' (while at line 1)
    >>> run_stack_program(["push 1", "jnz 0"])
    Traceback (most recent call last):
    ...
    machines.MachineError: too many steps (while at line 0)
    """
    stack: list[int] = []
    line = 0
    for _ in range(14):
        if line >= len(program):
            return stack
        word, _, argument = program[line].partition(" ")
        try:
            if word == "push":
                stack.append(int(argument))
            elif word == "dup":
                stack.append(stack[-1])
            elif word == "drop" or word == "jnz":
                value = stack.pop()
                if word == "jnz" and value != 0:
                    # The jump replaces the step to the following line.
                    line = int(argument)
                    continue
            else:
                # The operand pushed last is the right-hand one.
                right, left = stack.pop(), stack.pop()
                results = {"add": [left + right], "sub": [left - right],
                           "mul": [left * right], "swap": [right, left]}
                stack.extend(results[word])
        except IndexError:
            raise MachineError(
                f"at line {line}", f"stack underflow in {word!r}") from None
        line += 1
    raise MachineError(f"at line {line}", "too many steps")


class Automaton:
    """A finite automaton driven by a table of (state, letter) pairs.

    Keeping the rules in data means that new formats need no new code. A missing
    table entry rejects the text.

    >>> parity = Automaton("even", {"even"}, {
    ...     ("even", "1"): "odd", ("odd", "1"): "even",
    ...     ("even", "0"): "even", ("odd", "0"): "odd"})
    >>> parity.accepts("1001")
    True
    >>> parity.accepts("10"), parity.accepts("")
    (False, True)
    >>> parity.path("110")
    ['even', 'odd', 'even', 'even']
    >>> parity.accepts("1a1")
    False
    >>> parity.path("1a1")
    ['even', 'odd']
    """

    def __init__(self, start: str, accepting: set[str],
                 rules: dict[tuple[str, str], str]) -> None:
        self.start = start
        self.accepting = accepting
        self.rules = rules

    def path(self, text: str) -> list[str]:
        """List the states visited until the text ends or no rule applies."""
        states = [self.start]
        for letter in text:
            state = self.rules.get((states[-1], letter))
            if state is None:
                break
            states.append(state)
        return states

    def accepts(self, text: str) -> bool:
        """Say whether the text leads to an accepting state."""
        states = self.path(text)
        # A shorter path means that some letter had no rule.
        return len(states) == len(text) + 1 and states[-1] in self.accepting


class DoorLock:
    """A keypad lock that blocks itself after repeated wrong codes.

    Digits are compared only once the code is long enough, so that a thief cannot
    find the code one digit at a time.

    >>> door = DoorLock("271", tries=2)
    >>> door.press("2"), door.press("7"), door.press("1")
    ('typing', 'typing', 'open')
    >>> door.close()
    >>> [door.press(digit) for digit in "270"]
    ['typing', 'typing', 'wrong']
    >>> [door.press(digit) for digit in "999"]
    ['typing', 'typing', 'blocked']
    >>> door.press("2")
    Traceback (most recent call last):
    ...
    machines.MachineError: ask the porter (while blocked)
    >>> DoorLock("1").close()
    Traceback (most recent call last):
    ...
    machines.MachineError: not open (while typing)
    """

    def __init__(self, code: str, tries: int = 3) -> None:
        self.code = code
        self.tries = tries
        self.typed = ""
        self.state = "typing"

    def press(self, digit: str) -> str:
        """Type one digit and return the state of the lock."""
        if self.state == "blocked":
            raise MachineError(self.state, "ask the porter")
        self.typed += digit
        if len(self.typed) < len(self.code):
            self.state = "typing"
            return self.state
        if self.typed == self.code:
            self.state = "open"
        else:
            self.tries -= 1
            self.state = "wrong" if self.tries > 0 else "blocked"
        # The next digit begins a new attempt whatever the outcome.
        self.typed = ""
        return self.state

    def close(self) -> None:
        """Pull the open door shut."""
        if self.state != "open":
            raise MachineError(self.state, "not open")
        self.state = "typing"
