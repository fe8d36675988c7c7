# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writing text in another form: compression, ciphers and check digits."""

from __future__ import annotations

import heapq
from collections import Counter

ALPHABET = "abcdefghijklmnopqrstuvwxyz"

MORSE = {
    "a": ".-", "b": "-...", "c": "-.-.", "d": "-..", "e": ".", "g": "--.",
    "h": "....", "i": "..", "l": ".-..", "m": "--", "n": "-.", "o": "---",
    "r": ".-.", "s": "...", "t": "-", "u": "..-", "w": ".--",
}


def run_lengths(text: str) -> list[tuple[str, int]]:
    """Describe a text by its letters and how often each repeats in a row.

    Fax machines used this because scanned lines are mostly white.

    :param text: the text to compress
    :returns: pairs of letter and count

    >>> run_lengths("aaabcc")
    [('a', 3), ('b', 1), ('c', 2)]
    >>> run_lengths("")
    []
    >>> run_lengths("abab")
    [('a', 1), ('b', 1), ('a', 1), ('b', 1)]
    >>> run_lengths("    ")
    [(' ', 4)]
    """
    runs: list[tuple[str, int]] = []
    for letter in text:
        if runs and runs[-1][0] == letter:
            # Tuples cannot change, so the last run is replaced by a longer one.
            runs[-1] = (letter, runs[-1][1] + 1)
        else:
            runs.append((letter, 1))
    return runs


def expand_runs(code: str) -> str:
    """Rebuild a text from letters with repeat counts in front of them.

    A missing count stands for one, which keeps unrepetitive text short.

    :param code: such as a letter behind a decimal count
    :returns: the expanded text
    :raises ValueError: if a count at the end has nothing to repeat

    >>> expand_runs("3ab2c")
    'aaabcc'
    >>> expand_runs("12x")
    'xxxxxxxxxxxx'
    >>> expand_runs("")
    ''
    >>> expand_runs("0zq")
    'q'
    >>> expand_runs("ab4")
    Traceback (most recent call last):
    ...
    ValueError: count 4 at the end repeats nothing
    """
    text = ""
    count = ""
    for letter in code:
        if letter.isdigit():
            count += letter
        else:
            # An empty count means one, but an explicit zero means none.
            text += letter * (int(count) if count else 1)
            count = ""
    if count:
        raise ValueError(f"count {count} at the end repeats nothing")
    return text


def shift_letters(text: str, distance: int) -> str:
    """Move every letter along the alphabet (Caesar's cipher).

    Only the letters of the alphabet move; a negative distance undoes a positive
    one, so the same function deciphers.

    :param text: the text
    :param distance: how far to move, in either direction
    :returns: the moved text with its capitals kept

    >>> shift_letters("Zebra!", 1)
    'Afcsb!'
    >>> shift_letters("afcsb", -1)
    'zebra'
    >>> shift_letters("abc", 26)
    'abc'
    >>> shift_letters("", 5)
    ''
    """
    result = ""
    for letter in text:
        place = ALPHABET.find(letter.lower())
        if place < 0:
            result += letter
            continue
        moved = ALPHABET[(place + distance) % len(ALPHABET)]
        result += moved.upper() if letter.isupper() else moved
    return result


def vigenere(text: str, key: str, decipher: bool = False) -> str:
    """Encipher with a different shift for each letter, taken from a key word.

    The key moves on only at letters, so that blanks give nothing away about its
    length.

    :param text: the text
    :param key: a word of lower-case letters
    :param decipher: whether to undo the cipher
    :returns: the result
    :raises ValueError: if the key is no word of lower-case letters

    >>> vigenere("attack", "lemon")
    'lxfopv'
    >>> vigenere("lxfopv", "lemon", decipher=True)
    'attack'
    >>> vigenere("go, now", "b")
    'hp, opx'
    >>> vigenere("abc", "")
    Traceback (most recent call last):
    ...
    ValueError: bad key ''
    """
    if not key or any(letter not in ALPHABET for letter in key):
        raise ValueError(f"bad key {key!r}")
    result = ""
    used = 0
    for letter in text:
        if letter not in ALPHABET:
            result += letter
            continue
        distance = ALPHABET.index(key[used % len(key)])
        result += shift_letters(letter, -distance if decipher else distance)
        used += 1
    return result


def rail_fence(text: str, rails: int) -> str:
    """Write a text in a zigzag over several rails and read it off in rows.

    :param text: the text to scramble
    :param rails: the number of rows
    :returns: the scrambled text

    >>> rail_fence("wearefound", 3)
    'wenerfudao'
    >>> rail_fence("abcd", 2)
    'acbd'
    >>> rail_fence("abc", 1)
    'abc'
    >>> rail_fence("", 4)
    ''
    """
    rows = [""] * rails
    row, step = 0, 1
    for letter in text:
        rows[row] += letter
        # A single rail has no other end to turn round at.
        if rails > 1:
            if row + step not in range(rails):
                step = -step
            row += step
    return "".join(rows)


def to_morse(text: str) -> str:
    """Write a text in Morse code, with a slash between words.

    :param text: words of letters that the table knows
    :returns: the signals
    :raises ValueError: for a letter without a signal

    >>> to_morse("sos")
    '... --- ...'
    >>> to_morse("Go on")
    '--. --- / --- -.'
    >>> to_morse("")
    ''
    >>> to_morse("a-b")
    Traceback (most recent call last):
    ...
    ValueError: no signal for '-'
    """
    words: list[str] = []
    for word in text.lower().split():
        signals: list[str] = []
        for letter in word:
            if letter not in MORSE:
                raise ValueError(f"no signal for {letter!r}")
            signals.append(MORSE[letter])
        words.append(" ".join(signals))
    return " / ".join(words)


def from_morse(code: str) -> str:
    """Read Morse code; signals that nobody knows become question marks.

    Operators guess a garbled letter from its word, which losing the letter
    altogether would prevent.

    :param code: signals as :func:`to_morse` writes them
    :returns: the text in lower case

    >>> from_morse("... --- ...")
    'sos'
    >>> from_morse("--. --- / --- -.")
    'go on'
    >>> from_morse("... -------- ...")
    's?s'
    >>> from_morse("")
    ''
    """
    letters = {signal: letter for letter, signal in MORSE.items()}
    words: list[str] = []
    for word in code.split(" / "):
        words.append("".join(letters.get(signal, "?") for signal in word.split()))
    return " ".join(words)


def huffman_codes(text: str) -> dict[str, str]:
    """Give each letter a bit pattern, frequent letters a short one.

    No pattern begins with another, so a stream needs no separators. The
    alphabet breaks ties, which makes sender and receiver agree.

    :param text: a sample of the text to encode
    :returns: the pattern of each letter, letters in alphabetical order

    >>> huffman_codes("aaabbc")
    {'a': '0', 'b': '11', 'c': '10'}
    >>> huffman_codes("xxxx")
    {'x': '0'}
    >>> huffman_codes("")
    {}
    >>> huffman_codes("abcd")
    {'a': '00', 'b': '01', 'c': '10', 'd': '11'}
    """
    queue = [(count, letter) for letter, count in Counter(text).items()]
    heapq.heapify(queue)
    # A text of one letter still has to be told apart from an empty one.
    codes = {letter: "0" if len(queue) == 1 else "" for _, letter in queue}
    while len(queue) > 1:
        low_count, low_letters = heapq.heappop(queue)
        high_count, high_letters = heapq.heappop(queue)
        for letter in low_letters:
            codes[letter] = "0" + codes[letter]
        for letter in high_letters:
            codes[letter] = "1" + codes[letter]
        heapq.heappush(queue, (low_count + high_count, low_letters + high_letters))
    return dict(sorted(codes.items()))


def move_to_front(text: str, alphabet: str) -> list[int]:
    """Replace letters by how long ago they were last seen.

    Letters that come in clusters turn into runs of small numbers, which a later
    compressor likes better than the letters themselves.

    :param text: letters of the alphabet
    :param alphabet: the letters in their first order
    :returns: one place for each letter
    :raises ValueError: for a letter outside the alphabet

    >>> move_to_front("banana", "abn")
    [1, 1, 2, 1, 1, 1]
    >>> move_to_front("aaa", "ab")
    [0, 0, 0]
    >>> move_to_front("", "ab")
    []
    >>> move_to_front("ax", "ab")
    Traceback (most recent call last):
    ...
    ValueError: 'x' is not in the alphabet
    """
    order = list(alphabet)
    places: list[int] = []
    for letter in text:
        if letter not in order:
            raise ValueError(f"{letter!r} is not in the alphabet")
        place = order.index(letter)
        places.append(place)
        order.insert(0, order.pop(place))
    return places


def compress_pairs(text: str) -> list[tuple[int, str]]:
    """Compress a text by pointing back at pieces seen before (LZ78).

    Each pair extends an earlier piece, named by its number, by one letter. The
    number zero stands for the empty piece.

    :param text: the text to compress
    :returns: the pairs; the last letter may be missing at the end of the text

    >>> compress_pairs("ababab")
    [(0, 'a'), (0, 'b'), (1, 'b'), (3, '')]
    >>> compress_pairs("aaaa")
    [(0, 'a'), (1, 'a'), (1, '')]
    >>> compress_pairs("abc")
    [(0, 'a'), (0, 'b'), (0, 'c')]
    >>> compress_pairs("")
    []
    """
    known = {"": 0}
    pairs: list[tuple[int, str]] = []
    piece = ""
    for letter in text:
        if piece + letter in known:
            piece += letter
            continue
        pairs.append((known[piece], letter))
        known[piece + letter] = len(known)
        piece = ""
    if piece:
        # The text ended inside a known piece, so no new letter is left.
        pairs.append((known[piece], ""))
    return pairs


def expand_pairs(pairs: list[tuple[int, str]]) -> str:
    """Rebuild the text that :func:`compress_pairs` took apart.

    :param pairs: numbers of earlier pieces and letters
    :returns: the text
    :raises IndexError: if a pair points at a piece that does not exist yet

    >>> expand_pairs([(0, "a"), (0, "b"), (1, "b"), (3, "")])
    'ababab'
    >>> expand_pairs([])
    ''
    >>> expand_pairs(compress_pairs("tartar"))
    'tartar'
    >>> expand_pairs([(2, "a")])
    Traceback (most recent call last):
    ...
    IndexError: piece 2 is not known yet
    """
    pieces = [""]
    for number, letter in pairs:
        if number >= len(pieces):
            raise IndexError(f"piece {number} is not known yet")
        pieces.append(pieces[number] + letter)
    return "".join(pieces)


def luhn_digit(digits: str) -> int:
    """Compute the check digit of a card number.

    Doubling every other digit lets the sum notice when two neighbours have been
    swapped, the most common typing mistake.

    :param digits: the number without its check digit
    :returns: the digit to append

    >>> luhn_digit("7992739871")
    3
    >>> luhn_digit("0")
    0
    >>> luhn_digit("18")
    2
    >>> luhn_digit("")
    0
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2 == 0:
            value *= 2
            # Subtracting nine adds the two digits of a product above nine.
            if value > 9:
                value -= 9
        total += value
    return -total % 10


def is_isbn(text: str) -> bool:
    """Say whether a book number of ten or thirteen places is consistent.

    Hyphens are decoration. The letter X stands for ten and may only be the last
    sign of the short form.

    :param text: the number as printed
    :returns: whether its check digit fits

    >>> is_isbn("0-306-40615-2")
    True
    >>> is_isbn("978-0-306-40615-7")
    True
    >>> is_isbn("0-8044-2957-X")
    True
    >>> is_isbn("0-306-40615-3")
    False
    >>> is_isbn("12345")
    False
    """
    signs = text.replace("-", "").upper()
    if len(signs) == 10 and signs[:9].isdigit() and signs[9] in "0123456789X":
        last = 10 if signs[9] == "X" else int(signs[9])
        values = [int(sign) for sign in signs[:9]] + [last]
        # The weights fall from ten to one.
        return sum(value * (10 - i) for i, value in enumerate(values)) % 11 == 0
    if len(signs) == 13 and signs.isdigit():
        total = 0
        for place, sign in enumerate(signs):
            total += int(sign) * (3 if place % 2 else 1)
        return total % 10 == 0
    return False
