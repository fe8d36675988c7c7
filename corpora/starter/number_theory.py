# SPDX-License-Identifier: MIT OR Apache-2.0
"""Number theory: continued fractions, digits, residues and special numbers."""

from __future__ import annotations

from fractions import Fraction


def continued_fraction(numerator: int, denominator: int) -> list[int]:
    """Expand a fraction into the terms of its continued fraction.

    The quotients of Euclid's algorithm are exactly these terms, so the
    expansion of a rational number always ends.

    Parameters
    ----------
    numerator, denominator : int
        The fraction; it need not be in lowest terms.

    Returns
    -------
    list of int
        The terms, of which only the first may be zero or negative.

    Raises
    ------
    ZeroDivisionError
        If the denominator is zero.

    Examples
    --------
    >>> continued_fraction(45, 16)
    [2, 1, 4, 3]
    >>> continued_fraction(3, 7)
    [0, 2, 3]
    >>> continued_fraction(-3, 2)
    [-2, 2]
    >>> continued_fraction(6, 3)
    [2]
    >>> continued_fraction(1, 0)
    Traceback (most recent call last):
    ...
    ZeroDivisionError: a fraction needs a denominator
    """
    if denominator == 0:
        raise ZeroDivisionError("a fraction needs a denominator")
    terms: list[int] = []
    while denominator:
        # Floor division keeps every later remainder non-negative.
        quotient, remainder = divmod(numerator, denominator)
        terms.append(quotient)
        numerator, denominator = denominator, remainder
    return terms


def convergents(terms: list[int]) -> list[str]:
    """Turn continued fraction terms into ever better approximations.

    Each new fraction needs only the two before it, which is far cheaper than
    folding the nested fraction again for every prefix.

    Parameters
    ----------
    terms : list of int
        Terms of a continued fraction.

    Returns
    -------
    list of str
        The fractions, written with a slash.

    Examples
    --------
    >>> convergents([3, 7, 15, 1])
    ['3/1', '22/7', '333/106', '355/113']
    >>> convergents([0, 2, 3])
    ['0/1', '1/2', '3/7']
    >>> convergents([1, 1, 1, 1, 1])
    ['1/1', '2/1', '3/2', '5/3', '8/5']
    >>> convergents([])
    []
    """
    fractions: list[str] = []
    # The pairs 0/1 and 1/0 are the customary start of the recurrence.
    older_top, top = 0, 1
    older_bottom, bottom = 1, 0
    for term in terms:
        older_top, top = top, term * top + older_top
        older_bottom, bottom = bottom, term * bottom + older_bottom
        fractions.append(f"{top}/{bottom}")
    return fractions


def egyptian_fraction(numerator: int, denominator: int) -> list[int]:
    """Write a proper fraction as a sum of different unit fractions.

    Taking the largest unit fraction that fits shrinks the numerator at every
    step, so the greedy choice must come to an end.

    Parameters
    ----------
    numerator, denominator : int
        A fraction between zero and one.

    Returns
    -------
    list of int
        The denominators of the unit fractions, in growing order.

    Raises
    ------
    ValueError
        If the fraction is negative, or one or more.

    Examples
    --------
    >>> egyptian_fraction(2, 3)
    [2, 6]
    >>> egyptian_fraction(4, 13)
    [4, 18, 468]
    >>> egyptian_fraction(1, 9)
    [9]
    >>> egyptian_fraction(0, 5)
    []
    >>> egyptian_fraction(7, 7)
    Traceback (most recent call last):
    ...
    ValueError: 7/7 is not a proper fraction
    """
    if not 0 <= numerator < denominator:
        raise ValueError(f"{numerator}/{denominator} is not a proper fraction")
    rest = Fraction(numerator, denominator)
    parts: list[int] = []
    while rest:
        # Negating twice turns floor division into division rounded up.
        part = -(-rest.denominator // rest.numerator)
        parts.append(part)
        rest -= Fraction(1, part)
    return parts


def is_prime(number: int) -> bool:
    """Decide whether a number is prime with the Miller-Rabin test.

    The four fixed bases leave no false answer below three billion, so the
    test is exact for the numbers that this module works with.

    Parameters
    ----------
    number : int
        The number to test.

    Returns
    -------
    bool
        Whether it is prime.

    Examples
    --------
    >>> is_prime(97)
    True
    >>> is_prime(561)
    False
    >>> is_prime(2)
    True
    >>> [number for number in range(-1, 6) if is_prime(number)]
    [2, 3, 5]
    >>> is_prime(121)
    False
    """
    bases = (2, 3, 5, 7)
    if number < 2:
        return False
    for base in bases:
        if number % base == 0:
            return number == base
    odd_part, halvings = number - 1, 0
    while odd_part % 2 == 0:
        odd_part //= 2
        halvings += 1
    for base in bases:
        power = pow(base, odd_part, number)
        if power in (1, number - 1):
            continue
        for _ in range(halvings - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            # No square root of one but 1 and -1 may exist modulo a prime.
            return False
    return True


def totient(number: int) -> int:
    """Count the numbers up to `number` that share no factor with it.

    Every prime factor removes its multiples, and removing them one prime at a
    time needs no list of candidates.

    Parameters
    ----------
    number : int
        A positive number.

    Returns
    -------
    int
        Euler's totient.

    Raises
    ------
    ValueError
        If the number is not positive.

    Examples
    --------
    >>> totient(12)
    4
    >>> totient(7)
    6
    >>> totient(1)
    1
    >>> [totient(number) for number in range(8, 12)]
    [4, 6, 4, 10]
    >>> totient(0)
    Traceback (most recent call last):
    ...
    ValueError: the totient needs a positive number
    """
    if number < 1:
        raise ValueError("the totient needs a positive number")
    count, rest, divisor = number, number, 2
    while divisor * divisor <= rest:
        if rest % divisor == 0:
            while rest % divisor == 0:
                rest //= divisor
            count -= count // divisor
        divisor += 1
    # What is left after trial division is one large prime factor.
    if rest > 1:
        count -= count // rest
    return count


def classify(number: int) -> str:
    """Compare a number with the sum of its proper divisors.

    Divisors come in pairs around the square root, so looking beyond it would
    only find the partners again.

    Parameters
    ----------
    number : int
        A positive number.

    Returns
    -------
    str
        One of 'deficient', 'perfect' and 'abundant'.

    Raises
    ------
    ValueError
        If the number is not positive.

    Examples
    --------
    >>> classify(28)
    'perfect'
    >>> classify(12)
    'abundant'
    >>> classify(16)
    'deficient'
    >>> classify(1)
    'deficient'
    >>> classify(-6)
    Traceback (most recent call last):
    ...
    ValueError: only positive numbers are classified, not -6
    """
    if number < 1:
        raise ValueError(f"only positive numbers are classified, not {number}")
    # One divides everything, but it is no proper divisor of itself.
    total = 1 if number > 1 else 0
    divisor = 2
    while divisor * divisor <= number:
        partner, remainder = divmod(number, divisor)
        if remainder == 0:
            # The root of a square is its own partner and counts once.
            total += divisor if partner == divisor else divisor + partner
        divisor += 1
    if total == number:
        return "perfect"
    return "abundant" if total > number else "deficient"


def happy_steps(number: int, base: int = 10) -> int | None:
    """Count how often the squares of the digits are summed to reach one.

    An unhappy number ends in a loop, which is recognised by meeting a number
    for the second time.

    Parameters
    ----------
    number : int
        A positive number.
    base : int
        The base whose digits are used.

    Returns
    -------
    int or None
        The number of steps, or None for an unhappy number.

    Examples
    --------
    >>> happy_steps(19)
    4
    >>> happy_steps(1)
    0
    >>> happy_steps(4) is None
    True
    >>> happy_steps(7, base=2)
    3
    >>> happy_steps(100)
    1
    """
    seen: list[int] = []
    while number != 1:
        if number in seen:
            return None
        seen.append(number)
        total = 0
        while number:
            number, digit = divmod(number, base)
            total += digit * digit
        # The digits used the old number up; their sum takes its place.
        number = total
    return len(seen)


def fibonacci_pair(index: int) -> tuple[int, int]:
    """Compute two neighbouring Fibonacci numbers by doubling the index.

    Both numbers at twice an index follow from both at the index itself, so
    the recursion is only as deep as the index has binary digits.

    Parameters
    ----------
    index : int
        Position of the first number, counted from zero.

    Returns
    -------
    tuple of int
        The number at the index and the one after it.

    Raises
    ------
    ValueError
        If the index is negative.

    Examples
    --------
    >>> fibonacci_pair(10)
    (55, 89)
    >>> fibonacci_pair(0)
    (0, 1)
    >>> fibonacci_pair(7)[0]
    13
    >>> fibonacci_pair(31)
    (1346269, 2178309)
    >>> fibonacci_pair(-1)
    Traceback (most recent call last):
    ...
    ValueError: index must not be negative
    """
    if index < 0:
        raise ValueError("index must not be negative")
    if index == 0:
        return 0, 1
    low, high = fibonacci_pair(index // 2)
    even = low * (2 * high - low)
    odd = low * low + high * high
    # An odd index lies one further along than the doubled half.
    if index % 2:
        return odd, even + odd
    return even, odd


def spell_number(number: int) -> str:
    """Write a whole number below one million in English words.

    Numbers below twenty have names of their own; all others are put together
    from those, which is what the recursion does.

    Parameters
    ----------
    number : int
        The number to spell.

    Returns
    -------
    str
        The words, with a hyphen between tens and ones.

    Raises
    ------
    OverflowError
        If the number has no name in this small system.

    Examples
    --------
    >>> spell_number(42)
    'forty-two'
    >>> spell_number(0)
    'zero'
    >>> spell_number(1315)
    'one thousand three hundred fifteen'
    >>> spell_number(-80)
    'minus eighty'
    >>> spell_number(200000)
    'two hundred thousand'
    >>> spell_number(1000000)
    Traceback (most recent call last):
    ...
    OverflowError: 1000000 is too large to spell
    """
    if abs(number) >= 1_000_000:
        raise OverflowError(f"{number} is too large to spell")
    if number < 0:
        return "minus " + spell_number(-number)
    small = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen "
        "fourteen fifteen sixteen seventeen eighteen nineteen"
    ).split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    if number < 20:
        return small[number]
    if number < 100:
        words = tens[number // 10 - 2]
        return words + ("-" + small[number % 10] if number % 10 else "")
    unit, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    count, rest = divmod(number, unit)
    words = f"{spell_number(count)} {name}"
    # A remainder of zero stays silent: nobody says "hundred zero".
    return words + (" " + spell_number(rest) if rest else "")


class Residue:
    """A number modulo a fixed modulus.

    Keeping the modulus with the value makes it impossible to mix two clocks
    by accident, which plain integers would allow silently.

    Parameters
    ----------
    value : int
        Any representative of the residue class.
    modulus : int
        A positive modulus.

    Examples
    --------
    >>> Residue(10, 12) + Residue(5, 12)
    Residue(3, 12)
    >>> Residue(3, 7) * Residue(5, 7)
    Residue(1, 7)
    >>> Residue(-1, 5).value
    4
    >>> Residue(1, 7) / Residue(3, 7)
    Residue(5, 7)
    >>> Residue(1, 8) / Residue(6, 8)
    Traceback (most recent call last):
    ...
    ZeroDivisionError: 6 has no inverse modulo 8
    >>> Residue(1, 3) + Residue(1, 4)
    Traceback (most recent call last):
    ...
    ValueError: moduli 3 and 4 differ
    """

    def __init__(self, value: int, modulus: int) -> None:
        self.value = value % modulus
        self.modulus = modulus

    def __repr__(self) -> str:
        return f"Residue({self.value}, {self.modulus})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Residue):
            return NotImplemented
        return (self.value, self.modulus) == (other.value, other.modulus)

    def _check(self, other: Residue) -> None:
        if self.modulus != other.modulus:
            raise ValueError(f"moduli {self.modulus} and {other.modulus} differ")

    def __add__(self, other: Residue) -> Residue:
        self._check(other)
        return Residue(self.value + other.value, self.modulus)

    def __mul__(self, other: Residue) -> Residue:
        self._check(other)
        return Residue(self.value * other.value, self.modulus)

    def inverse(self) -> Residue:
        """Return the residue that multiplies with this one to one."""
        # Only the coefficient of the value matters; the other one would be
        # multiplied by the modulus and vanish.
        remainder, next_remainder = self.modulus, self.value
        factor, next_factor = 0, 1
        while next_remainder:
            quotient = remainder // next_remainder
            remainder, next_remainder = next_remainder, remainder - quotient * next_remainder
            factor, next_factor = next_factor, factor - quotient * next_factor
        if remainder != 1:
            raise ZeroDivisionError(f"{self.value} has no inverse modulo {self.modulus}")
        return Residue(factor, self.modulus)

    def __truediv__(self, other: Residue) -> Residue:
        self._check(other)
        return self * other.inverse()
