# SPDX-License-Identifier: MIT OR Apache-2.0
"""Prices, discounts and loans. Amounts are whole cents; rates are hundredths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dates import Date, add_months

Cart = dict[str, tuple[int, int]]


def format_money(cents: int, sign: str = "$") -> str:
    """Write an amount with thousands separated and two decimals.

    Splitting into units and cents before formatting avoids every question of
    rounding.

    >>> format_money(123456789)
    '$1,234,567.89'
    >>> format_money(-5)
    '-$0.05'
    >>> format_money(100, sign="EUR ")
    'EUR 1.00'
    >>> format_money(0)
    '$0.00'
    """
    units, rest = divmod(abs(cents), 100)
    digits = str(units)
    groups: list[str] = []
    while digits:
        # Cutting from the right leaves the short group at the front.
        groups.insert(0, digits[-3:])
        digits = digits[:-3]
    minus = "-" if cents < 0 else ""
    return f"{minus}{sign}{','.join(groups)}.{rest:02}"


def parse_money(text: str) -> int:
    """Read an amount in the notation of either side of the Atlantic.

    The last comma or point with one or two digits behind it separates the
    cents; all others only group digits.

    :param text: the amount without a currency sign
    :returns: the amount in cents
    :raises ValueError: if anything but digits is left over

    >>> parse_money("1,234.50")
    123450
    >>> parse_money("1.234,5")
    123450
    >>> parse_money("1,234")
    123400
    >>> parse_money("-0,05")
    -5
    >>> parse_money("12a")
    Traceback (most recent call last):
    ...
    ValueError: '12a' is no amount
    """
    body = text.strip().lstrip("-")
    cents = "00"
    place = max(body.rfind("."), body.rfind(","))
    if place >= 0 and len(body) - place - 1 in (1, 2):
        # A single decimal means tens of cents.
        body, cents = body[:place], body[place + 1:].ljust(2, "0")
    digits = body.replace(",", "").replace(".", "") + cents
    if not digits.isdigit():
        raise ValueError(f"{text!r} is no amount")
    return -int(digits) if text.strip().startswith("-") else int(digits)


def round_half_even(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest whole number, halves to the even one.

    Always rounding halves up would favour one side over many bookings.

    :param numerator: the number to divide
    :param denominator: a positive number
    :returns: the rounded quotient

    >>> round_half_even(5, 2), round_half_even(7, 2)
    (2, 4)
    >>> round_half_even(8, 3)
    3
    >>> round_half_even(-5, 2)
    -2
    >>> round_half_even(10, 5)
    2
    """
    quotient, rest = divmod(numerator, denominator)
    # Doubling the rest compares it with one half without fractions.
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1):
        quotient += 1
    return quotient


def add_tax(net: int, percent: int) -> tuple[int, int]:
    """Add tax to a net price.

    >>> add_tax(1000, 19)
    (190, 1190)
    >>> add_tax(50, 5)
    (2, 52)
    >>> add_tax(150, 5)
    (8, 158)
    >>> add_tax(999, 0)
    (0, 999)
    """
    tax = round_half_even(net * percent, 100)
    return tax, net + tax


def tiered_price(count: int, tiers: list[tuple[int, int]]) -> int:
    """Price a quantity where each tier has a price of its own.

    Only the units within a tier get its price. Buying one unit more can
    therefore never make the whole order cheaper.

    :param count: how many units are bought
    :param tiers: size and unit price of each tier; beyond them the last price
        holds
    :returns: the total price
    :raises ValueError: if there are no tiers

    >>> tiered_price(25, [(10, 100), (10, 90), (10, 80)])
    2300
    >>> tiered_price(5, [(10, 100), (10, 90)])
    500
    >>> tiered_price(12, [(10, 100)])
    1200
    >>> tiered_price(0, [(1, 5)])
    0
    >>> tiered_price(3, [])
    Traceback (most recent call last):
    ...
    ValueError: no tiers
    """
    if not tiers:
        raise ValueError("no tiers")
    total = 0
    left = count
    for size, price in tiers:
        units = min(left, size)
        total += units * price
        left -= units
    # What is left after the last tier goes on at its price.
    return total + left * tiers[-1][1]


def share_bill(total: int, people: list[str], weights: dict[str, int]) -> dict[str, int]:
    """Split a bill by weights without losing a cent.

    Whole shares are handed out first; the cents left over go to those whose
    share was cut the most, in the order of the list.

    :param total: the sum to split
    :param people: who pays
    :param weights: how much of it; people without an entry weigh one
    :returns: the share of each person

    >>> share_bill(100, ["ann", "bob", "cleo"], {})
    {'ann': 34, 'bob': 33, 'cleo': 33}
    >>> share_bill(1000, ["ann", "bob"], {"ann": 3})
    {'ann': 750, 'bob': 250}
    >>> share_bill(5, ["a", "b"], {"a": 0})
    {'a': 0, 'b': 5}
    >>> sum(share_bill(1001, ["a", "b", "c"], {"b": 5}).values())
    1001
    """
    parts = {name: weights.get(name, 1) for name in people}
    whole = sum(parts.values())
    shares = {name: total * part // whole for name, part in parts.items()}
    lost = {name: total * part % whole for name, part in parts.items()}
    missing = total - sum(shares.values())
    # Sorting is stable, so the list decides between equal losses.
    for name in sorted(people, key=lambda name: -lost[name])[:missing]:
        shares[name] += 1
    return shares


def cart_total(cart: Cart) -> int:
    """Add up a shopping cart.

    >>> cart_total({"tea": (250, 2), "cup": (600, 1)})
    1100
    >>> cart_total({})
    0
    >>> cart_total({"gift": (0, 5)})
    0
    >>> cart_total({"pen": (100, -1)})
    Traceback (most recent call last):
    ...
    ValueError: -1 x pen
    """
    total = 0
    for name, (price, count) in cart.items():
        if count < 0:
            raise ValueError(f"{count} x {name}")
        total += price * count
    return total


def free_item_discount(name: str, every: int) -> Callable[[Cart], int]:
    """Make a rule by which every so-many-th piece of an item is free.

    Rules are functions from a cart to a discount, so that a shop can mix any
    number of them.

    >>> third_free = free_item_discount("tea", 3)
    >>> third_free({"tea": (250, 7)})
    500
    >>> third_free({"tea": (250, 2)})
    0
    >>> third_free({"cup": (600, 9)})
    0
    """

    def discount(cart: Cart) -> int:
        price, count = cart.get(name, (0, 0))
        return price * (count // every)

    return discount


def best_discount(cart: Cart, rules: dict[str, Callable[[Cart], int]]) -> tuple[str, int]:
    """Choose the rule that saves the customer the most.

    A discount never exceeds the price: nobody is paid for shopping.

    :param cart: what is bought
    :param rules: the rules by name, from a cart to a saving
    :returns: the name of the rule and the saving; no name if nothing is saved

    >>> rules = {"tea": free_item_discount("tea", 2),
    ...          "tenth": lambda cart: cart_total(cart) // 10,
    ...          "voucher": lambda cart: 500}
    >>> best_discount({"tea": (400, 4)}, rules)
    ('tea', 800)
    >>> best_discount({"cup": (6000, 1)}, rules)
    ('tenth', 600)
    >>> best_discount({"pen": (100, 1)}, rules)
    ('voucher', 100)
    >>> best_discount({}, rules)
    ('', 0)
    """
    total = cart_total(cart)
    best, saving = "", 0
    for name, rule in rules.items():
        amount = min(rule(cart), total)
        if amount > saving:
            best, saving = name, amount
    return best, saving


@dataclass(frozen=True)
class Payment:
    """One line of a repayment plan.

    >>> Payment(1000, 50, 9000).total()
    1050
    >>> Payment(1, 2, 3)
    Payment(principal=1, interest=2, balance=3)
    >>> Payment(5, 0, 0).closes()
    True
    >>> Payment(5, 0, 10).closes()
    False
    """

    principal: int
    interest: int
    balance: int

    def total(self) -> int:
        """Return what the borrower pays on that day."""
        return self.principal + self.interest

    def closes(self) -> bool:
        """Say whether nothing is owed any more."""
        return self.balance == 0


def repayment_plan(debt: int, percent: int, rate: int) -> list[Payment]:
    """Plan the repayment of a loan by equal yearly rates.

    Interest is due on what is still owed, so a growing part of each rate pays
    off the debt. The last rate is smaller.

    :param debt: the amount borrowed
    :param percent: the yearly interest
    :param rate: what is paid each year
    :returns: the payments in order
    :raises ValueError: if the rate does not even cover the interest

    >>> repayment_plan(1000, 10, 600)
    [Payment(principal=500, interest=100, balance=500), Payment(principal=500, interest=50, balance=0)]
    >>> [payment.total() for payment in repayment_plan(900, 0, 400)]
    [400, 400, 100]
    >>> repayment_plan(0, 5, 100)
    []
    >>> repayment_plan(1000, 10, 100)
    Traceback (most recent call last):
    ...
    ValueError: a rate of 100 never ends the loan
    """
    plan: list[Payment] = []
    while debt > 0:
        interest = round_half_even(debt * percent, 100)
        if rate <= interest:
            raise ValueError(f"a rate of {rate} never ends the loan")
        principal = min(rate - interest, debt)
        debt -= principal
        plan.append(Payment(principal, interest, debt))
    return plan


def due_dates(total: int, first: Date, months: int) -> list[tuple[Date, int]]:
    """Spread an amount over monthly installments.

    Cents that do not divide evenly are paid at the beginning, because a last
    bill that is higher than the others looks like an error.

    :param total: the amount
    :param first: the first due date
    :param months: the number of installments
    :returns: dates and amounts

    >>> due_dates(100, (2024, 1, 31), 3)
    [((2024, 1, 31), 34), ((2024, 2, 29), 33), ((2024, 3, 31), 33)]
    >>> due_dates(90, (2023, 12, 1), 2)
    [((2023, 12, 1), 45), ((2024, 1, 1), 45)]
    >>> due_dates(7, (2023, 5, 5), 1)
    [((2023, 5, 5), 7)]
    >>> due_dates(2, (2023, 5, 5), 3)[-1][1]
    0
    """
    small, extra = divmod(total, months)
    plan: list[tuple[Date, int]] = []
    for index in range(months):
        # The first few installments carry one extra cent each.
        plan.append((add_months(first, index), small + (index < extra)))
    return plan


def convert(cents: int, path: list[str], rates: dict[tuple[str, str], int]) -> int:
    """Change money through a chain of currencies.

    A missing rate is taken from the opposite direction. Rounding after each
    step is what a bank does, so the result may depend on the path.

    :param cents: the amount in the first currency
    :param path: the currencies in order
    :param rates: what a hundred of one currency are in another
    :returns: the amount in the last currency
    :raises KeyError: if neither direction has a rate

    >>> convert(1000, ["EUR", "USD"], {("EUR", "USD"): 110})
    1100
    >>> convert(1100, ["USD", "EUR"], {("EUR", "USD"): 110})
    1000
    >>> convert(100, ["A", "B", "C"], {("A", "B"): 33, ("B", "C"): 50})
    16
    >>> convert(5, ["EUR"], {})
    5
    >>> convert(5, ["EUR", "XXX"], {})
    Traceback (most recent call last):
    ...
    KeyError: ('EUR', 'XXX')
    """
    for source, target in zip(path, path[1:]):
        if (source, target) in rates:
            cents = round_half_even(cents * rates[source, target], 100)
        elif (target, source) in rates:
            cents = round_half_even(cents * 100, rates[target, source])
        else:
            raise KeyError((source, target))
    return cents
