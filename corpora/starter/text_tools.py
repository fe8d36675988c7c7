# SPDX-License-Identifier: MIT OR Apache-2.0
"""Word-level tools: tokens, counts, n-grams, concordances and vocabularies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

ABBREVIATIONS = ("dr", "mr", "mrs", "etc", "e.g", "i.e", "vs")
VOWELS = "aeiouy"


def tokenise(text: str, keep_marks: bool = False) -> list[str]:
    """Cut text into lower-case words, optionally with its punctuation marks.

    An apostrophe or hyphen between two letters belongs to the word, because
    splitting there would turn one word into fragments that nobody looks up.

    Args:
        text: Any text.
        keep_marks: Whether other marks become tokens of their own.

    Returns:
        The tokens in reading order.

    Examples:
        >>> tokenise("Don't panic!")
        ["don't", 'panic']
        >>> tokenise("A well-known fact, no?", keep_marks=True)
        ['a', 'well-known', 'fact', ',', 'no', '?']
        >>> tokenise("- 'quoted' -")
        ['quoted']
        >>> tokenise("")
        []
        >>> tokenise("x2 y3")
        ['x2', 'y3']
    """
    tokens: list[str] = []
    word = ""
    for position, letter in enumerate(text):
        following = text[position + 1 : position + 2]
        # A joiner counts only with a letter on both sides of it.
        joins = letter in "'-" and word and following.isalnum()
        if letter.isalnum() or joins:
            word += letter.lower()
            continue
        if word:
            tokens.append(word)
            word = ""
        if keep_marks and not letter.isspace():
            tokens.append(letter)
    if word:
        tokens.append(word)
    return tokens


def count_words(texts: Iterable[str], stop_words: Iterable[str] = ()) -> list[tuple[str, int]]:
    """Rank the words of several texts by how often they occur.

    Equal counts are ordered alphabetically, so that a report does not change
    when the texts are read in another order.

    Args:
        texts: The texts to count together.
        stop_words: Words that carry no meaning of their own and are skipped.

    Returns:
        Pairs of word and count, the most frequent first.

    Examples:
        >>> count_words(["the cat", "the hat"])
        [('the', 2), ('cat', 1), ('hat', 1)]
        >>> count_words(["To be or not to be"], stop_words=["or", "not"])
        [('be', 2), ('to', 2)]
        >>> count_words([])
        []
        >>> count_words(["No!", "no?", "NO"])
        [('no', 3)]
    """
    skipped = frozenset(stop_words)
    counts: dict[str, int] = {}
    for text in texts:
        for word in tokenise(text):
            if word not in skipped:
                counts[word] = counts.get(word, 0) + 1
    # The negated count sorts downwards while the word still sorts upwards.
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def n_grams(tokens: list[str], size: int, pad: str | None = None) -> Iterator[tuple[str, ...]]:
    """Yield every run of neighbouring tokens of a given size.

    Language models pad both ends, so that the first word is predicted from
    something and the end of the sentence is predicted too.

    Args:
        tokens: The tokens of one sentence.
        size: How many tokens belong to one gram.
        pad: A token put before and after the sentence, or None for no padding.

    Yields:
        Tuples of `size` tokens.

    Raises:
        ValueError: If the size is below one.

    Examples:
        >>> list(n_grams(["a", "b", "c"], 2))
        [('a', 'b'), ('b', 'c')]
        >>> list(n_grams(["go"], 2, pad="_"))
        [('_', 'go'), ('go', '_')]
        >>> list(n_grams(["a", "b"], 3))
        []
        >>> [left + right for left, right in n_grams(list("word"), 2)]
        ['wo', 'or', 'rd']
        >>> list(n_grams(["a"], 0))
        Traceback (most recent call last):
        ...
        ValueError: size must be at least 1, not 0
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    if pad is not None:
        # One pad fewer than the size: a gram made only of padding says nothing.
        border = [pad] * (size - 1)
        tokens = border + tokens + border
    for start in range(len(tokens) - size + 1):
        yield tuple(tokens[start : start + size])


def split_sentences(text: str) -> list[str]:
    """Split text after full stops, question marks and exclamation marks.

    A full stop after a known abbreviation or inside a number ends nothing,
    which is why the word before the mark is looked at.

    Args:
        text: One paragraph.

    Returns:
        The sentences with their marks, without surrounding blanks.

    Examples:
        >>> split_sentences("Stop. Why? Go!")
        ['Stop.', 'Why?', 'Go!']
        >>> split_sentences("Dr. Who paid 3.50 today.")
        ['Dr. Who paid 3.50 today.']
        >>> split_sentences("No mark at the end")
        ['No mark at the end']
        >>> split_sentences("   ")
        []
        >>> split_sentences("What?! Yes.")
        ['What?!', 'Yes.']
    """
    sentences: list[str] = []
    current: list[str] = []
    for word in text.split():
        current.append(word)
        stem = word.rstrip(".?!")
        # Without a mark, stripping removed nothing and the sentence goes on.
        if stem == word or (word.endswith(".") and stem.lower() in ABBREVIATIONS):
            continue
        sentences.append(" ".join(current))
        current = []
    if current:
        sentences.append(" ".join(current))
    return sentences


def keyword_in_context(text: str, keyword: str, reach: int = 2) -> list[str]:
    """List every use of a word together with its neighbours.

    Readers of a concordance compare the uses line by line, so the keyword is
    bracketed and stands out wherever it falls.

    Args:
        text: The text to look through.
        keyword: The word to find, in any case.
        reach: How many words to show on each side.

    Returns:
        One line per use.

    Examples:
        >>> keyword_in_context("the old man and the sea", "the", 1)
        ['[the] old', 'and [the] sea']
        >>> keyword_in_context("We came, we saw", "WE")
        ['[we] came we', 'we came [we] saw']
        >>> keyword_in_context("nothing here", "gold")
        []
        >>> keyword_in_context("a b a", "a", reach=0)
        ['[a]', '[a]']
    """
    words = tokenise(text)
    wanted = keyword.lower()
    lines: list[str] = []
    for position, word in enumerate(words):
        if word != wanted:
            continue
        # A negative start would count from the end, so it is cut off at zero.
        before = words[max(0, position - reach) : position]
        after = words[position + 1 : position + 1 + reach]
        lines.append(" ".join([*before, f"[{word}]", *after]))
    return lines


def count_syllables(word: str) -> int:
    """Estimate the syllables of an English word from its vowel groups.

    Neighbouring vowels are usually spoken as one sound, and a final silent
    `e` is not spoken at all unless it follows an `l` after a consonant.

    Args:
        word: One word; other characters than letters count as consonants.

    Returns:
        The estimate, at least one for any word.

    Raises:
        ValueError: If the word is empty.

    Examples:
        >>> count_syllables("banana")
        3
        >>> count_syllables("stone")
        1
        >>> count_syllables("table")
        2
        >>> count_syllables("queue")
        1
        >>> count_syllables("hmm")
        1
        >>> count_syllables("")
        Traceback (most recent call last):
        ...
        ValueError: no word given
    """
    if not word:
        raise ValueError("no word given")
    lowered = word.lower()
    groups = 0
    previous_was_vowel = False
    for letter in lowered:
        is_vowel = letter in VOWELS
        if is_vowel and not previous_was_vowel:
            groups += 1
        previous_was_vowel = is_vowel
    silent = lowered.endswith("e") and lowered[-2:-1] not in VOWELS
    if silent and not (lowered.endswith("le") and lowered[-3:-2] not in VOWELS):
        groups -= 1
    # Even a word without vowels is spoken in one breath.
    return max(groups, 1)


def following_words(text: str) -> dict[str, dict[str, int]]:
    """Count which word follows which, the basis of a simple predictor.

    Pairs never reach across the end of a sentence, because the last word of
    one says nothing about the first word of the next.

    Args:
        text: The text to learn from.

    Returns:
        For each word, its followers and how often each was seen.

    Examples:
        >>> following_words("go on. go up")
        {'go': {'on': 1, 'up': 1}}
        >>> following_words("so so so")
        {'so': {'so': 2}}
        >>> following_words("alone")
        {}
        >>> following_words("a b a b")["a"]
        {'b': 2}
    """
    table: dict[str, dict[str, int]] = {}
    for sentence in split_sentences(text):
        for word, follower in n_grams(tokenise(sentence), 2):
            # setdefault creates the inner table the first time a word is met.
            followers = table.setdefault(word, {})
            followers[follower] = followers.get(follower, 0) + 1
    return table


def mask_words(text: str, hidden: Iterable[str], mask: str = "*") -> str:
    """Blank out whole words while keeping the layout of the text.

    Only whole words are masked, since hiding a short word inside a longer,
    harmless one makes text unreadable.

    Args:
        text: The text to clean.
        hidden: The words to hide, in any case.
        mask: The character that replaces each letter.

    Returns:
        Text of the same length.

    Raises:
        ValueError: If the mask is not a single character.

    Examples:
        >>> mask_words("Darn, darned socks", ["darn"])
        '****, darned socks'
        >>> mask_words("pin 1234", ["1234", "pin"], "#")
        '### ####'
        >>> mask_words("nothing", [])
        'nothing'
        >>> mask_words("a-b", ["B"])
        'a-*'
        >>> mask_words("x", ["x"], "--")
        Traceback (most recent call last):
        ...
        ValueError: mask must be one character
    """
    if len(mask) != 1:
        raise ValueError("mask must be one character")
    secrets = {word.lower() for word in hidden}
    result: list[str] = []
    start = 0
    while start < len(text):
        end = start
        while end < len(text) and text[end].isalnum():
            end += 1
        word = text[start:end]
        result.append(mask * len(word) if word.lower() in secrets else word)
        # The separator after the word, if any, is copied unchanged.
        result.append(text[end : end + 1])
        start = end + 1
    return "".join(result)


class Vocabulary:
    """Map words to small numbers and back.

    Number zero is reserved for words never seen in training, so that new text
    can always be encoded, if with some loss.

    Args:
        words: Training words; repeats are allowed.
        least: How often a word must occur to get a number of its own.

    Raises:
        ValueError: If `least` is below one.

    Examples:
        >>> vocabulary = Vocabulary(["red", "blue", "red"])
        >>> vocabulary.encode(["blue", "red", "green"])
        [2, 1, 0]
        >>> vocabulary.decode([1, 0, 2])
        ['red', '<unknown>', 'blue']
        >>> len(Vocabulary(["a", "b", "a"], least=2))
        2
        >>> Vocabulary([]).encode(["x"])
        [0]
        >>> vocabulary.decode([9])
        Traceback (most recent call last):
        ...
        IndexError: no word has the number 9
    """

    UNKNOWN = "<unknown>"

    def __init__(self, words: Iterable[str], least: int = 1) -> None:
        if least < 1:
            raise ValueError("least must be at least 1")
        counts: dict[str, int] = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        kept = [word for word, count in counts.items() if count >= least]
        self._words = [self.UNKNOWN, *kept]
        self._numbers = {word: number for number, word in enumerate(self._words)}

    def __len__(self) -> int:
        return len(self._words)

    def encode(self, words: Iterable[str]) -> list[int]:
        """Return the number of each word, zero for unknown ones."""
        return [self._numbers.get(word, 0) for word in words]

    def decode(self, numbers: Iterable[int]) -> list[str]:
        """Return the word of each number."""
        words: list[str] = []
        for number in numbers:
            # Negative numbers would silently index from the end.
            if not 0 <= number < len(self._words):
                raise IndexError(f"no word has the number {number}")
            words.append(self._words[number])
        return words
