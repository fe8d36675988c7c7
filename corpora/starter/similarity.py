# SPDX-License-Identifier: MIT OR Apache-2.0
"""How alike two texts are, and what it takes to turn one into the other."""

from __future__ import annotations

SOUNDS = {
    "b": "1", "f": "1", "p": "1", "v": "1",
    "c": "2", "g": "2", "j": "2", "k": "2", "q": "2", "s": "2", "x": "2", "z": "2",
    "d": "3", "t": "3", "l": "4", "m": "5", "n": "5", "r": "6",
}


def edit_distance(first: str, second: str) -> int:
    """Count the insertions, deletions and replacements between two texts.

    Only the previous row of the table is ever read, so two rows are all the
    memory that long texts cost.

    :param first: the text to start from
    :param second: the text to arrive at
    :returns: the least number of single-letter edits

    >>> edit_distance("kitten", "sitting")
    3
    >>> edit_distance("flaw", "lawn")
    2
    >>> edit_distance("", "abc")
    3
    >>> edit_distance("same", "same")
    0
    """
    above = list(range(len(second) + 1))
    for i, letter in enumerate(first, start=1):
        row = [i]
        for j, other in enumerate(second, start=1):
            # Equal letters are free; anything else replaces one by the other.
            replace = above[j - 1] + (letter != other)
            row.append(min(replace, above[j] + 1, row[-1] + 1))
        above = row
    return above[-1]


def edit_script(first: str, second: str) -> list[str]:
    """List the edits that turn one text into another.

    The table is filled from the ends, so that the script can be read off from
    the beginning without being turned round.

    :param first: the text to start from
    :param second: the text to arrive at
    :returns: entries such as ``=a``, ``-a``, ``+a``; a replacement is a
        deletion followed by an insertion

    >>> edit_script("cat", "cart")
    ['=c', '=a', '+r', '=t']
    >>> edit_script("ab", "b")
    ['-a', '=b']
    >>> edit_script("x", "y")
    ['-x', '+y']
    >>> edit_script("", "")
    []
    """
    height, width = len(first), len(second)
    common = [[0] * (width + 1) for _ in range(height + 1)]
    for i in range(height - 1, -1, -1):
        for j in range(width - 1, -1, -1):
            if first[i] == second[j]:
                common[i][j] = common[i + 1][j + 1] + 1
            else:
                common[i][j] = max(common[i + 1][j], common[i][j + 1])
    script: list[str] = []
    i = j = 0
    while i < height or j < width:
        if i < height and j < width and first[i] == second[j]:
            script.append("=" + first[i])
            i, j = i + 1, j + 1
        elif j == width or (i < height and common[i + 1][j] >= common[i][j + 1]):
            # Deleting loses no common letters here, so it goes first.
            script.append("-" + first[i])
            i += 1
        else:
            script.append("+" + second[j])
            j += 1
    return script


def apply_script(text: str, script: list[str]) -> str:
    """Carry out an edit script, checking that it fits the text.

    :param text: the text to edit
    :param script: what :func:`edit_script` returned
    :returns: the edited text
    :raises ValueError: if the text is not the one the script was made for

    >>> apply_script("cat", ["=c", "=a", "+r", "=t"])
    'cart'
    >>> apply_script("", ["+h", "+i"])
    'hi'
    >>> apply_script("ab", ["-a", "-b"])
    ''
    >>> apply_script("dog", ["=c"])
    Traceback (most recent call last):
    ...
    ValueError: expected 'c' at 0
    >>> apply_script("ab", ["=a"])
    Traceback (most recent call last):
    ...
    ValueError: 'b' is left over
    """
    result = ""
    position = 0
    for step in script:
        action, letter = step[0], step[1]
        if action == "+":
            result += letter
            continue
        if text[position:position + 1] != letter:
            raise ValueError(f"expected {letter!r} at {position}")
        position += 1
        if action == "=":
            result += letter
    if position < len(text):
        raise ValueError(f"{text[position:]!r} is left over")
    return result


def letter_pairs(text: str) -> list[str]:
    """List the neighbouring letters of each word in a text.

    Pairs do not reach across words, as the order of words says little about
    their likeness.

    >>> letter_pairs("Night")
    ['ni', 'ig', 'gh', 'ht']
    >>> letter_pairs("to be")
    ['to', 'be']
    >>> letter_pairs("a")
    []
    >>> letter_pairs("")
    []
    """
    pairs: list[str] = []
    for word in text.lower().split():
        for index in range(len(word) - 1):
            pairs.append(word[index:index + 2])
    return pairs


def pair_similarity(first: str, second: str) -> float:
    """Rate the likeness of two texts by their common letter pairs (Dice).

    Changed word order hardly matters for this measure, which suits names of
    places and companies.

    :param first: one text
    :param second: the other text
    :returns: from zero for nothing in common to one for the same pairs

    >>> pair_similarity("night", "nacht")
    0.25
    >>> pair_similarity("web shop", "shop web")
    1.0
    >>> pair_similarity("", "")
    0.0
    >>> pair_similarity("aaaa", "aa")
    0.5
    """
    pairs = letter_pairs(first)
    others = letter_pairs(second)
    total = len(pairs) + len(others)
    if total == 0:
        return 0.0
    hits = 0
    for pair in pairs:
        if pair in others:
            # A pair that has found its partner may not be counted again.
            others.remove(pair)
            hits += 1
    return 2 * hits / total


def soundex(name: str) -> str:
    """Encode a name by how it sounds, so that spellings fall together.

    Vowels separate equal sounds, but the silent letters h and w do not.

    :param name: a name of at least one letter
    :returns: the first letter and three digits

    >>> soundex("Robert"), soundex("Rupert")
    ('R163', 'R163')
    >>> soundex("Ashcraft")
    'A261'
    >>> soundex("Lee")
    'L000'
    >>> soundex("Tymczak")
    'T522'
    """
    name = name.lower()
    code = ""
    last = SOUNDS.get(name[0], "")
    for letter in name[1:]:
        digit = SOUNDS.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "hw":
            last = digit
    return name[0].upper() + code[:3].ljust(3, "0")


def closest_match(word: str, candidates: list[str], limit: int = 2) -> str | None:
    """Suggest what a mistyped word was meant to be.

    A wrong suggestion is worse than none, so candidates beyond the limit are
    not offered at all.

    :param word: what was typed
    :param candidates: what would have been understood
    :param limit: the greatest distance for a suggestion
    :returns: the nearest candidate, the first of several, or None

    >>> closest_match("comit", ["add", "commit", "clone"])
    'commit'
    >>> closest_match("push", ["pull", "bush"])
    'bush'
    >>> closest_match("xyz", ["commit"]) is None
    True
    >>> closest_match("ab", ["aa", "bb"], limit=1)
    'aa'
    """
    best: str | None = None
    best_distance = limit + 1
    for candidate in candidates:
        distance = edit_distance(word, candidate)
        if distance < best_distance:
            best, best_distance = candidate, distance
    return best


def is_palindrome(text: str) -> bool:
    """Say whether a sentence reads the same from both ends.

    Signs and blanks are skipped from both sides while comparing, which spares
    building a cleaned copy.

    >>> is_palindrome("Never odd or even")
    True
    >>> is_palindrome("abca")
    False
    >>> is_palindrome("?!")
    True
    >>> is_palindrome("No 'x' in Nixon")
    True
    """
    left, right = 0, len(text) - 1
    while left < right:
        if not text[left].isalnum():
            left += 1
        elif not text[right].isalnum():
            right -= 1
        elif text[left].lower() != text[right].lower():
            return False
        else:
            left, right = left + 1, right - 1
    return True


def longest_palindrome(text: str) -> str:
    """Find the longest piece of a text that reads the same from both ends.

    Every palindrome grows from its middle, which is either a letter or the gap
    between two.

    >>> longest_palindrome("banana")
    'anana'
    >>> longest_palindrome("abba!")
    'abba'
    >>> longest_palindrome("xy")
    'x'
    >>> longest_palindrome("")
    ''
    """
    best = ""
    for middle in range(len(text)):
        for width in (1, 2):
            left, right = middle, middle + width - 1
            while left >= 0 and right < len(text) and text[left] == text[right]:
                left, right = left - 1, right + 1
            # The loop went one step too far on both sides.
            if right - left - 1 > len(best):
                best = text[left + 1:right]
    return best


def group_anagrams(words: list[str]) -> list[list[str]]:
    """Collect words made of the same letters.

    The sorted letters are the one spelling that all members share.

    >>> group_anagrams(["listen", "stone", "silent", "notes"])
    [['listen', 'silent'], ['stone', 'notes']]
    >>> group_anagrams(["a", "b"])
    [['a'], ['b']]
    >>> group_anagrams([])
    []
    >>> group_anagrams(["Tea", "eat"])
    [['Tea', 'eat']]
    """
    groups: dict[str, list[str]] = {}
    for word in words:
        key = "".join(sorted(word.lower()))
        groups.setdefault(key, []).append(word)
    return list(groups.values())


def common_prefix(texts: list[str]) -> str:
    """Return the beginning that all texts share.

    Only the alphabetically first and last text have to be compared, since all
    others lie between them.

    >>> common_prefix(["interval", "internal", "interest"])
    'inter'
    >>> common_prefix(["one"])
    'one'
    >>> common_prefix(["a", "b"])
    ''
    >>> common_prefix([])
    ''
    """
    if not texts:
        return ""
    first, last = min(texts), max(texts)
    length = 0
    while length < len(first) and first[length] == last[length]:
        length += 1
    return first[:length]
