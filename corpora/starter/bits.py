# SPDX-License-Identifier: MIT OR Apache-2.0
"""Numbers seen as rows of bits: sets, flags, codes and packed fields."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntFlag


class Permission(IntFlag):
    """What a user may do with a file, one bit for each right.

    Flags combine into one small number, so a whole policy fits a database
    column.

    >>> (Permission.READ | Permission.WRITE).value
    6
    >>> Permission.describe(5)
    'r-x'
    >>> Permission.describe(0)
    '---'
    >>> Permission.parse("rw-").value
    6
    >>> Permission.parse("r?x")
    Traceback (most recent call last):
    ...
    ValueError: bad permission '?' in 'r?x'
    """

    READ = 4
    WRITE = 2
    EXECUTE = 1

    @staticmethod
    def describe(bits: int) -> str:
        """Write the three lowest bits the way ``ls`` does."""
        text = ""
        for letter, bit in zip("rwx", (4, 2, 1)):
            text += letter if bits & bit else "-"
        return text

    @classmethod
    def parse(cls, text: str) -> Permission:
        """Read what ``describe`` writes."""
        bits = 0
        for letter, expected, bit in zip(text, "rwx", (4, 2, 1)):
            if letter == expected:
                bits |= bit
            elif letter != "-":
                raise ValueError(f"bad permission {letter!r} in {text!r}")
        return cls(bits)


def count_ones(number: int) -> int:
    """Count the set bits of a number that is not negative.

    Subtracting one flips the lowest set bit and everything below, so the
    conjunction removes exactly one bit for each round.

    >>> count_ones(13)
    3
    >>> count_ones(0)
    0
    >>> count_ones(255)
    8
    >>> count_ones(1024)
    1
    """
    count = 0
    while number:
        number &= number - 1
        count += 1
    return count


def reverse_bits(number: int, width: int) -> int:
    """Mirror the lowest bits of a number.

    Fast Fourier transforms reorder their input this way.

    :param number: the bits to mirror
    :param width: how many of them take part; higher ones are dropped
    :returns: the mirrored number

    >>> reverse_bits(0b0011, 4)
    12
    >>> reverse_bits(1, 8)
    128
    >>> reverse_bits(5, 3)
    5
    >>> reverse_bits(0b10110, 3)
    3
    >>> reverse_bits(9, 0)
    0
    """
    result = 0
    for _ in range(width):
        # What leaves at the right end of one enters at the right of the other.
        result = (result << 1) | (number & 1)
        number >>= 1
    return result


def gray_code(width: int) -> list[str]:
    """List all bit patterns so that neighbours differ in one place.

    Rotary encoders use this order: a reading taken between two positions is
    then off by one step at most.

    >>> gray_code(2)
    ['00', '01', '11', '10']
    >>> gray_code(1)
    ['0', '1']
    >>> gray_code(0)
    ['']
    >>> gray_code(3)[-1]
    '100'
    """
    codes = [""]
    for _ in range(width):
        # The mirrored copy begins where the first half ended.
        codes = ["0" + code for code in codes] + ["1" + code for code in reversed(codes)]
    return codes


def subset_masks(mask: int) -> Iterator[int]:
    """Yield every subset of a bit mask, the full mask first.

    Decreasing the subset and cutting it to the mask skips everything between
    two subsets, however far the mask's bits lie apart.

    >>> list(subset_masks(0b101))
    [5, 4, 1, 0]
    >>> list(subset_masks(0))
    [0]
    >>> list(subset_masks(3))
    [3, 2, 1, 0]
    >>> sum(1 for _ in subset_masks(0b1101))
    8
    """
    subset = mask
    while subset:
        yield subset
        subset = (subset - 1) & mask
    yield 0


def encode_varint(number: int) -> list[int]:
    """Pack a number into bytes of seven bits, small numbers into few.

    The top bit of each byte says whether another one follows; Protocol Buffers
    and many file formats store lengths like this.

    :param number: a number that is not negative
    :returns: the bytes, lowest bits first
    :raises ValueError: for negative numbers, whose sign bits would never end

    >>> encode_varint(300)
    [172, 2]
    >>> encode_varint(127)
    [127]
    >>> encode_varint(128)
    [128, 1]
    >>> encode_varint(0)
    [0]
    >>> encode_varint(-1)
    Traceback (most recent call last):
    ...
    ValueError: cannot encode -1
    """
    if number < 0:
        raise ValueError(f"cannot encode {number}")
    packed: list[int] = []
    while number >= 0x80:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)
    return packed


def decode_varints(packed: list[int]) -> list[int]:
    """Unpack a sequence of numbers written by :func:`encode_varint`.

    :param packed: the bytes of any count of numbers
    :returns: the numbers
    :raises ValueError: if the last number has no end

    >>> decode_varints([172, 2, 5])
    [300, 5]
    >>> decode_varints([])
    []
    >>> decode_varints([0, 0])
    [0, 0]
    >>> decode_varints(encode_varint(16384))
    [16384]
    >>> decode_varints([1, 200])
    Traceback (most recent call last):
    ...
    ValueError: the last number is cut off
    """
    numbers: list[int] = []
    value = shift = 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            numbers.append(value)
            value = shift = 0
    # A pending shift means that the continuation bit promised another byte.
    if shift:
        raise ValueError("the last number is cut off")
    return numbers


def pack_fields(widths: list[int], values: list[int]) -> int:
    """Squeeze several small numbers into one, first field at the top.

    Hardware registers and compact cache keys are built this way.

    :param widths: the number of bits of each field
    :param values: one number for each field
    :returns: the packed number
    :raises OverflowError: if a value does not fit its field

    >>> pack_fields([4, 4], [10, 5])
    165
    >>> pack_fields([5, 6, 5], [31, 0, 1])
    63489
    >>> pack_fields([], [])
    0
    >>> pack_fields([1, 2], [1, 4])
    Traceback (most recent call last):
    ...
    OverflowError: 4 needs more than 2 bits
    """
    packed = 0
    for width, value in zip(widths, values):
        if value >> width:
            raise OverflowError(f"{value} needs more than {width} bits")
        packed = (packed << width) | value
    return packed


def unpack_fields(widths: list[int], packed: int) -> list[int]:
    """Take apart what :func:`pack_fields` has joined.

    :param widths: the number of bits of each field
    :param packed: the joined number
    :returns: one number for each field

    >>> unpack_fields([4, 4], 165)
    [10, 5]
    >>> unpack_fields([5, 6, 5], 63489)
    [31, 0, 1]
    >>> unpack_fields([3], 12)
    [4]
    >>> unpack_fields([], 7)
    []
    """
    values: list[int] = []
    # The last field sits at the bottom, so the walk goes backwards.
    for width in reversed(widths):
        values.append(packed & ((1 << width) - 1))
        packed >>= width
    values.reverse()
    return values


class BitSet:
    """A set of small numbers kept in one integer.

    Union and intersection of thousands of members are then single operations of
    the processor's widest kind.

    >>> evens = BitSet([0, 2, 4])
    >>> list(evens | BitSet([1, 2]))
    [0, 1, 2, 4]
    >>> list(evens & BitSet([2, 3]))
    [2]
    >>> 4 in evens, 5 in evens
    (True, False)
    >>> evens.discard(2); list(evens)
    [0, 4]
    >>> len(BitSet([7, 7])), BitSet([3, 0]).bits
    (1, 9)
    >>> BitSet([-1])
    Traceback (most recent call last):
    ...
    ValueError: members cannot be negative
    """

    def __init__(self, members: list[int] | None = None) -> None:
        self.bits = 0
        for member in members or []:
            self.add(member)

    def add(self, member: int) -> None:
        """Put a number in; doing so again changes nothing."""
        if member < 0:
            raise ValueError("members cannot be negative")
        self.bits |= 1 << member

    def discard(self, member: int) -> None:
        """Take a number out if it is there."""
        self.bits &= ~(1 << member)

    def __contains__(self, member: int) -> bool:
        return self.bits >> member & 1 == 1

    def __len__(self) -> int:
        return count_ones(self.bits)

    def __iter__(self) -> Iterator[int]:
        rest = self.bits
        while rest:
            lowest = rest & -rest
            # The length of a single bit names its position, counted from one.
            yield lowest.bit_length() - 1
            rest ^= lowest

    def __or__(self, other: BitSet) -> BitSet:
        union = BitSet()
        union.bits = self.bits | other.bits
        return union

    def __and__(self, other: BitSet) -> BitSet:
        common = BitSet()
        common.bits = self.bits & other.bits
        return common


def odd_one_out(numbers: list[int]) -> int:
    """Find the number that has no twin in a list of pairs.

    Equal numbers cancel under exclusive or, wherever they stand, so neither
    sorting nor memory is needed.

    >>> odd_one_out([4, 1, 2, 1, 2])
    4
    >>> odd_one_out([7])
    7
    >>> odd_one_out([-3, 5, -3])
    5
    >>> odd_one_out([])
    0
    """
    result = 0
    for number in numbers:
        result ^= number
    return result


def hamming_distance(first: str, second: str) -> int:
    """Count the places in which two bit strings differ.

    Args:
        first: Digits 0 and 1.
        second: As many digits.

    Returns:
        The number of different places.

    Raises:
        ValueError: If the lengths differ, as places could not be matched.

    Examples:
        >>> hamming_distance("10110", "11100")
        2
        >>> hamming_distance("", "")
        0
        >>> hamming_distance("0000", "1111")
        4
        >>> hamming_distance("1", "10")
        Traceback (most recent call last):
        ...
        ValueError: lengths 1 and 2 differ
    """
    if len(first) != len(second):
        raise ValueError(f"lengths {len(first)} and {len(second)} differ")
    distance = 0
    for left, right in zip(first, second):
        if left != right:
            distance += 1
    return distance
