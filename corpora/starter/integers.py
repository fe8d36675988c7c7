# SPDX-License-Identifier: MIT OR Apache-2.0
"""Whole-number arithmetic: divisors, primes, remainders and number systems."""

from __future__ import annotations

from collections.abc import Iterator

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

ROMAN_VALUES = [
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]


def gcd(first: int, second: int) -> int:
    """Find the greatest common divisor by Euclid's method.

    The remainder keeps every common divisor and is smaller than what it
    replaces, so the loop must end. The sign is dropped because a divisor is
    normally meant to be positive.

    >>> gcd(48, 36)
    12
    >>> gcd(17, 5)
    1
    >>> gcd(0, 9)
    9
    >>> gcd(-8, 12)
    4
    >>> gcd(0, 0)
    0
    """
    while second != 0:
        first, second = second, first % second
    return abs(first)


def extended_gcd(first: int, second: int) -> tuple[int, int, int]:
    """Find a greatest common divisor together with its Bezout coefficients.

    The coefficients write the divisor as a sum of multiples of both numbers,
    which is what modular inverses are made from.

    Args:
        first: A number that is not negative.
        second: Another number that is not negative.

    Returns:
        The divisor, then the factor of each number.

    Examples:
        >>> extended_gcd(30, 12)
        (6, 1, -2)
        >>> extended_gcd(7, 5)
        (1, -2, 3)
        >>> extended_gcd(4, 0)
        (4, 1, 0)
        >>> divisor, x, y = extended_gcd(240, 46)
        >>> divisor == 240 * x + 46 * y
        True
    """
    old_rest, rest = first, second
    old_x, x = 1, 0
    old_y, y = 0, 1
    while rest != 0:
        quotient = old_rest // rest
        # All three rows shrink by the same multiple, so the equation stays true.
        old_rest, rest = rest, old_rest - quotient * rest
        old_x, x = x, old_x - quotient * x
        old_y, y = y, old_y - quotient * y
    return old_rest, old_x, old_y


def modular_inverse(value: int, modulus: int) -> int:
    """Find the number that undoes a multiplication modulo another number.

    Args:
        value: The factor to undo.
        modulus: The size of the number ring, at least two.

    Returns:
        The inverse, between zero and the modulus.

    Raises:
        ValueError: If both share a divisor, for then no inverse exists.

    Examples:
        >>> modular_inverse(3, 7)
        5
        >>> modular_inverse(10, 17)
        12
        >>> modular_inverse(-3, 7)
        2
        >>> modular_inverse(1, 2)
        1
        >>> modular_inverse(4, 6)
        Traceback (most recent call last):
        ...
        ValueError: 4 and 6 share the divisor 2
    """
    divisor, factor, _ = extended_gcd(value % modulus, modulus)
    if divisor != 1:
        raise ValueError(f"{value} and {modulus} share the divisor {divisor}")
    # The coefficient may be negative; the remainder moves it into range.
    return factor % modulus


def solve_congruences(conditions: list[tuple[int, int]]) -> tuple[int, int]:
    """Find a number with given remainders (Chinese remainder theorem).

    The candidate is stepped by the product of all moduli handled so far, which
    leaves the remainders already reached untouched.

    Args:
        conditions: Pairs of (remainder, modulus) with coprime moduli.

    Returns:
        The smallest solution and the step to the next one.

    Raises:
        ValueError: If a condition contradicts the earlier ones.

    Examples:
        >>> solve_congruences([(2, 3), (3, 5)])
        (8, 15)
        >>> solve_congruences([(1, 2), (2, 3), (3, 5)])
        (23, 30)
        >>> solve_congruences([])
        (0, 1)
        >>> solve_congruences([(0, 4), (1, 2)])
        Traceback (most recent call last):
        ...
        ValueError: no number leaves 1 modulo 2
    """
    solution, step = 0, 1
    for remainder, modulus in conditions:
        for _ in range(modulus):
            if solution % modulus == remainder % modulus:
                break
            solution += step
        else:
            # A full round of steps has tried every remainder there is.
            raise ValueError(f"no number leaves {remainder} modulo {modulus}")
        step *= modulus // gcd(step, modulus)
    return solution, step


def primes_below(limit: int) -> list[int]:
    """List the primes below a limit with the sieve of Eratosthenes.

    >>> primes_below(20)
    [2, 3, 5, 7, 11, 13, 17, 19]
    >>> primes_below(2)
    []
    >>> primes_below(3)
    [2]
    >>> primes_below(-5)
    []
    """
    is_prime = [True] * max(limit, 0)
    primes: list[int] = []
    for number in range(2, limit):
        if not is_prime[number]:
            continue
        primes.append(number)
        # Smaller multiples were crossed out by their own smaller factor.
        for multiple in range(number * number, limit, number):
            is_prime[multiple] = False
    return primes


def factorize(number: int) -> list[tuple[int, int]]:
    """Write a number as powers of primes.

    Trial division suffices for numbers of human size. Once the divisor passes
    the square root, whatever is left over must itself be prime.

    :param number: a number of at least one
    :returns: pairs of (prime, exponent) with rising primes
    :raises ValueError: if the number is smaller than one

    >>> factorize(360)
    [(2, 3), (3, 2), (5, 1)]
    >>> factorize(97)
    [(97, 1)]
    >>> factorize(1)
    []
    >>> factorize(49)
    [(7, 2)]
    >>> factorize(0)
    Traceback (most recent call last):
    ...
    ValueError: cannot factorize 0
    """
    if number < 1:
        raise ValueError(f"cannot factorize {number}")
    factors: list[tuple[int, int]] = []
    divisor = 2
    while divisor * divisor <= number:
        exponent = 0
        while number % divisor == 0:
            number //= divisor
            exponent += 1
        if exponent > 0:
            factors.append((divisor, exponent))
        # After two only odd candidates can still be prime.
        divisor += 1 if divisor == 2 else 2
    if number > 1:
        factors.append((number, 1))
    return factors


def count_divisors(number: int) -> int:
    """Count the divisors of a number from its factorization.

    Every divisor picks an exponent for each prime independently of the others.

    >>> count_divisors(12)
    6
    >>> count_divisors(13)
    2
    >>> count_divisors(64)
    7
    >>> count_divisors(1)
    1
    """
    count = 1
    for _, exponent in factorize(number):
        count *= exponent + 1
    return count


def power_modulo(base: int, exponent: int, modulus: int) -> int:
    """Raise a number to a power and keep only the remainder.

    Squaring halves the exponent each time, so huge exponents need only as many
    rounds as they have binary digits.

    >>> power_modulo(3, 13, 7)
    3
    >>> power_modulo(2, 10, 1000)
    24
    >>> power_modulo(5, 0, 9)
    1
    >>> power_modulo(5, 0, 1)
    0
    >>> power_modulo(-2, 3, 5)
    2
    """
    result = 1 % modulus
    base %= modulus
    while exponent > 0:
        if exponent % 2 == 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent //= 2
    return result


def integer_root(number: int, degree: int = 2) -> int:
    """Find the largest whole number whose power does not exceed another.

    Floating point would be off by one for large numbers, so the answer is
    bracketed by doubling and then halved down to.

    >>> integer_root(17)
    4
    >>> integer_root(27, 3)
    3
    >>> integer_root(26, degree=3)
    2
    >>> integer_root(0)
    0
    >>> integer_root(-1)
    Traceback (most recent call last):
    ...
    ValueError: no real root of -1
    """
    if number < 0:
        raise ValueError(f"no real root of {number}")
    high = 1
    while high ** degree <= number:
        high *= 2
    low = high // 2
    # Invariant: the power of low fits, the power of high does not.
    while high - low > 1:
        middle = (low + high) // 2
        if middle ** degree <= number:
            low = middle
        else:
            high = middle
    return low


def to_base(number: int, base: int) -> str:
    """Write a number in another number system.

    :param number: any whole number
    :param base: from 2 to 36
    :returns: the digits, with a minus sign if needed
    :raises ValueError: if there are no digits for the base

    >>> to_base(255, 16)
    'ff'
    >>> to_base(10, 2)
    '1010'
    >>> to_base(0, 7)
    '0'
    >>> to_base(-35, 36)
    '-z'
    >>> to_base(5, 1)
    Traceback (most recent call last):
    ...
    ValueError: base 1 is not between 2 and 36
    """
    if not 2 <= base <= len(DIGITS):
        raise ValueError(f"base {base} is not between 2 and {len(DIGITS)}")
    sign = "-" if number < 0 else ""
    number = abs(number)
    digits = ""
    while True:
        number, digit = divmod(number, base)
        # The lowest digit comes out first, hence the prepending.
        digits = DIGITS[digit] + digits
        if number == 0:
            return sign + digits


def from_base(text: str, base: int) -> int:
    """Read a number written in another number system.

    Underscores may group digits, as in source code.

    :param text: the digits
    :param base: from 2 to 36
    :returns: the number
    :raises ValueError: if a digit does not belong to the base

    >>> from_base("ff", 16)
    255
    >>> from_base("-101", 2)
    -5
    >>> from_base("1_000", 3)
    27
    >>> from_base("Z", 36)
    35
    >>> from_base("129", 8)
    Traceback (most recent call last):
    ...
    ValueError: '9' is no digit in base 8
    """
    negative = text.startswith("-")
    value = 0
    for letter in text.lower().lstrip("-").replace("_", ""):
        digit = DIGITS.find(letter)
        if not 0 <= digit < base:
            raise ValueError(f"{letter!r} is no digit in base {base}")
        # Reading from the left, each new digit shifts all earlier ones.
        value = value * base + digit
    return -value if negative else value


def to_roman(number: int) -> str:
    """Write a number in Roman numerals.

    The subtractive pairs stand in the table as letters of their own, which
    reduces the whole notation to a greedy choice.

    >>> to_roman(14)
    'XIV'
    >>> to_roman(1999)
    'MCMXCIX'
    >>> to_roman(3)
    'III'
    >>> to_roman(4000)
    Traceback (most recent call last):
    ...
    ValueError: 4000 cannot be written in Roman numerals
    """
    if not 0 < number < 4000:
        raise ValueError(f"{number} cannot be written in Roman numerals")
    text = ""
    for value, letters in ROMAN_VALUES:
        count, number = divmod(number, value)
        text += letters * count
    return text


def from_roman(text: str) -> int:
    """Read Roman numerals and insist on their standard spelling.

    Writing the value back and comparing catches every irregular spelling
    without a rule for each.

    >>> from_roman("XIV")
    14
    >>> from_roman("MMXX")
    2020
    >>> from_roman("iv")
    4
    >>> from_roman("IIX")
    Traceback (most recent call last):
    ...
    ValueError: 'IIX' is not a Roman numeral
    """
    rest = text.upper()
    number = 0
    for value, letters in ROMAN_VALUES:
        while rest.startswith(letters):
            number += value
            rest = rest[len(letters):]
    # A remainder means foreign letters; a different spelling means bad order.
    if rest or number == 0 or to_roman(number) != text.upper():
        raise ValueError(f"{text!r} is not a Roman numeral")
    return number


def collatz(start: int) -> Iterator[int]:
    """Follow the Collatz rule from a number down to one.

    Nobody has proved that every start arrives, so this is a generator and the
    caller decides how long to wait.

    >>> list(collatz(6))
    [6, 3, 10, 5, 16, 8, 4, 2, 1]
    >>> list(collatz(1))
    [1]
    >>> max(collatz(7))
    52
    >>> walk = collatz(5)
    >>> next(walk), next(walk)
    (5, 16)
    """
    number = start
    yield number
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        yield number


def digit_cycle(numerator: int, denominator: int) -> tuple[str, str]:
    """Split a decimal expansion into its fixed and its repeating digits.

    In long division the same remainder always produces the same digits, so the
    first remainder that comes back closes the cycle.

    Args:
        numerator: A number between zero and the denominator.
        denominator: A positive number.

    Returns:
        The digits before the cycle and the cycle, either of which may be empty.

    Examples:
        >>> digit_cycle(1, 7)
        ('', '142857')
        >>> digit_cycle(1, 6)
        ('1', '6')
        >>> digit_cycle(3, 8)
        ('375', '')
        >>> digit_cycle(0, 5)
        ('', '')
    """
    digits = ""
    seen: dict[int, int] = {}
    rest = numerator
    while rest != 0 and rest not in seen:
        seen[rest] = len(digits)
        digit, rest = divmod(rest * 10, denominator)
        digits += str(digit)
    if rest == 0:
        return digits, ""
    return digits[:seen[rest]], digits[seen[rest]:]
