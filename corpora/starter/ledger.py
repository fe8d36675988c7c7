# SPDX-License-Identifier: MIT OR Apache-2.0
"""Bookkeeping: accounts, orders and stock. Amounts are whole cents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum


class LedgerError(Exception):
    """Base of all refusals, so that callers can catch them together.

    Examples:
        >>> str(LedgerError("closed"))
        'closed'
        >>> LedgerError("a", 2).args
        ('a', 2)
        >>> isinstance(InsufficientFunds("ann", 5), LedgerError)
        True
        >>> raise LedgerError("period is closed")
        Traceback (most recent call last):
        ...
        ledger.LedgerError: period is closed
    """


class InsufficientFunds(LedgerError):
    """A withdrawal larger than the balance.

    The missing amount is kept as a number, since a shop may want to offer to
    top the account up by exactly that much.

    Args:
        owner: Whose account was short.
        missing: How much more would have been needed.

    Examples:
        >>> InsufficientFunds("ann", 250).missing
        250
        >>> str(InsufficientFunds("bob", 1))
        'bob lacks 1'
        >>> issubclass(InsufficientFunds, LedgerError)
        True
        >>> raise InsufficientFunds("cleo", 30)
        Traceback (most recent call last):
        ...
        ledger.InsufficientFunds: cleo lacks 30
    """

    def __init__(self, owner: str, missing: int) -> None:
        super().__init__(f"{owner} lacks {missing}")
        self.missing = missing


@dataclass
class Account:
    """Money of one person, with a history of all changes.

    Attributes:
        owner: The name of the person.
        balance: The present amount.
        history: Signed changes, oldest first.

    Examples:
        >>> account = Account("ann", 100)
        >>> account.withdraw(30)
        70
        >>> account.deposit(5), account.history
        (75, [-30, 5])
        >>> account.withdraw(80)
        Traceback (most recent call last):
        ...
        ledger.InsufficientFunds: ann lacks 5
        >>> account.deposit(0)
        Traceback (most recent call last):
        ...
        ledger.LedgerError: amount must be positive, not 0
        >>> account
        Account(owner='ann', balance=75, history=[-30, 5])
        >>> Account("bob") == Account("bob", 0)
        True
    """

    owner: str
    balance: int = 0
    # A plain [] here would be shared by all accounts.
    history: list[int] = field(default_factory=list)

    def change(self, amount: int) -> int:
        """Apply a signed change and return the new balance."""
        self.balance += amount
        self.history.append(amount)
        return self.balance

    def deposit(self, amount: int) -> int:
        """Add money."""
        if amount <= 0:
            raise LedgerError(f"amount must be positive, not {amount}")
        return self.change(amount)

    def withdraw(self, amount: int) -> int:
        """Take money out, never below zero."""
        if amount > self.balance:
            raise InsufficientFunds(self.owner, amount - self.balance)
        return self.change(-amount)


def transfer(source: Account, target: Account, amount: int, log: list[str]) -> bool:
    """Move money between accounts, or change nothing at all.

    The attempt is logged in every case, even when an unexpected error passes
    through, because auditors want to see failures as well.

    Args:
        source: The account to take from.
        target: The account to give to.
        amount: How much to move.
        log: Receives one line about the attempt.

    Returns:
        Whether the money was moved.

    Raises:
        LedgerError: If the amount is not positive.

    Examples:
        >>> ann, bob, log = Account("ann", 50), Account("bob"), []
        >>> transfer(ann, bob, 20, log), ann.balance, bob.balance
        (True, 30, 20)
        >>> transfer(bob, ann, 99, log), bob.balance
        (False, 20)
        >>> transfer(ann, bob, 0, log)
        Traceback (most recent call last):
        ...
        ledger.LedgerError: amount must be positive, not 0
        >>> log
        ['ann>bob 20: done', 'bob>ann 99: short by 79', 'ann>bob 0: refused']
        >>> ann.balance, ann.history
        (30, [-20])
    """
    outcome = "refused"
    try:
        # Both checks come before the first change, so no undo is needed.
        if amount <= 0:
            raise LedgerError(f"amount must be positive, not {amount}")
        source.withdraw(amount)
        target.deposit(amount)
        outcome = "done"
    except InsufficientFunds as error:
        outcome = f"short by {error.missing}"
        return False
    finally:
        log.append(f"{source.owner}>{target.owner} {amount}: {outcome}")
    return True


class Side(Enum):
    """The side of the market on which an order stands.

    Examples:
        >>> Side("buy").name
        'BUY'
        >>> Side.SELL.opposite()
        <Side.BUY: 'buy'>
        >>> Side.BUY.accepts(10, 9), Side.SELL.accepts(10, 9)
        (True, False)
        >>> Side.SELL.accepts(10, 10)
        True
        >>> Side("hold")
        Traceback (most recent call last):
        ...
        ValueError: 'hold' is not a valid Side
    """

    BUY = "buy"
    SELL = "sell"

    def opposite(self) -> Side:
        """Return the side to trade with."""
        return Side.SELL if self is Side.BUY else Side.BUY

    def accepts(self, limit: int, price: int) -> bool:
        """Say whether an order with a price limit can trade at a price."""
        # Buyers welcome any lower price and sellers any higher one.
        return price <= limit if self is Side.BUY else price >= limit


@dataclass(frozen=True)
class Order:
    """A wish to trade, never changed once it is placed.

    Attributes:
        trader: Who placed it.
        side: Whether to buy or to sell.
        price: The worst acceptable price.
        amount: How many pieces to trade.

    Examples:
        >>> order = Order("ann", Side.BUY, 10, 5)
        >>> order.reduced(2).amount, order.amount
        (3, 5)
        >>> order.reduced(5).amount
        0
        >>> order == Order("ann", Side.BUY, 10, 5)
        True
        >>> order.reduced(6)
        Traceback (most recent call last):
        ...
        ledger.LedgerError: only 5 left of ann's order
    """

    trader: str
    side: Side
    price: int
    amount: int

    def reduced(self, traded: int) -> Order:
        """Return the order that remains after a partial trade."""
        if traded > self.amount:
            raise LedgerError(f"only {self.amount} left of {self.trader}'s order")
        return replace(self, amount=self.amount - traded)


class OrderBook:
    """Matches buyers with sellers at the price of the order that came first.

    Better prices trade first and, at equal prices, older orders.

    Examples:
        >>> book = OrderBook()
        >>> book.place(Order("ann", Side.SELL, 12, 4))
        []
        >>> book.place(Order("bob", Side.SELL, 11, 2))
        []
        >>> book.place(Order("cleo", Side.BUY, 12, 3))
        ['cleo-bob 2@11', 'cleo-ann 1@12']
        >>> [(order.trader, order.amount) for order in book.open]
        [('ann', 3)]
        >>> book.place(Order("dan", Side.BUY, 9, 1)), len(book.open)
        ([], 2)
        >>> book.place(Order("eve", Side.SELL, 5, 2))
        ['eve-dan 1@9']
        >>> book.open[-1].amount
        1
    """

    def __init__(self) -> None:
        self.open: list[Order] = []

    def place(self, order: Order) -> list[str]:
        """Trade as much of an order as possible and keep the rest open."""
        trades: list[str] = []
        sign = 1 if order.side is Side.BUY else -1
        partners = [other for other in self.open
                    if other.side is order.side.opposite()
                    and order.side.accepts(order.price, other.price)]
        # The stable sort keeps older orders in front at the same price.
        for other in sorted(partners, key=lambda o: sign * o.price):
            amount = min(order.amount, other.amount)
            if amount == 0:
                break
            trades.append(f"{order.trader}-{other.trader} {amount}@{other.price}")
            order = order.reduced(amount)
            index = self.open.index(other)
            rest = other.reduced(amount)
            self.open[index:index + 1] = [rest] if rest.amount else []
        if order.amount:
            self.open.append(order)
        return trades


class Inventory:
    """Stock that leaves the store in the order in which it came in.

    Each delivery keeps its own price, so that the cost of what was sold follows
    the first-in, first-out rule of accounting.

    Examples:
        >>> store = Inventory()
        >>> store.receive("nut", 10, 2); store.receive("nut", 5, 3)
        >>> store.ship("nut", 12)
        26
        >>> store.count("nut"), store.count("bolt")
        (3, 0)
        >>> store.ship("nut", 4)
        Traceback (most recent call last):
        ...
        ledger.LedgerError: 3 of nut in stock, 4 wanted
        >>> store.ship("nut", 3), store.count("nut")
        (9, 0)
        >>> store.ship("bolt", 0)
        0
    """

    def __init__(self) -> None:
        self.lots: dict[str, list[tuple[int, int]]] = {}

    def receive(self, item: str, amount: int, price: int) -> None:
        """Put a delivery on the shelf."""
        self.lots.setdefault(item, []).append((amount, price))

    def count(self, item: str) -> int:
        """Return how many pieces are in stock."""
        return sum(amount for amount, _ in self.lots.get(item, []))

    def ship(self, item: str, wanted: int) -> int:
        """Take pieces out and return what they had cost."""
        # Checking first means that a failed order leaves the shelf untouched.
        if wanted > self.count(item):
            raise LedgerError(f"{self.count(item)} of {item} in stock, {wanted} wanted")
        cost = 0
        while wanted > 0:
            amount, price = self.lots[item].pop(0)
            taken = min(amount, wanted)
            cost += taken * price
            wanted -= taken
            if amount > taken:
                # The opened box goes back to the front of the shelf.
                self.lots[item].insert(0, (amount - taken, price))
        return cost


def print_statement(account: Account, opening: int) -> None:
    """Print the history of an account with its running balance.

    The opening amount is passed in because an account knows only its present
    balance.

    Args:
        account: The account to report on.
        opening: The balance before the first change.

    Examples:
        >>> print_statement(Account("ann", 70, [-50, 20]), 100)
        ann
          -50     50
          +20     70
        >>> print_statement(Account("bob"), 0)
        bob
          no changes
        >>> print_statement(Account("cleo", 5, [5]), 0)
        cleo
           +5      5
        >>> print_statement(Account("dan", 9, [1]), 3)
        dan
           +1      4
          off by 5
    """
    print(account.owner)
    if not account.history:
        print("  no changes")
    running = opening
    for change in account.history:
        running += change
        # The plus flag prints a sign for deposits too.
        print(f"{change:+5d}{running:7d}")
    if account.history and running != account.balance:
        print(f"  off by {account.balance - running}")
