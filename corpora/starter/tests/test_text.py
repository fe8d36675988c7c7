# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of everything that works on text."""

from __future__ import annotations

import unittest

import pytest

from codes import (
    expand_runs,
    from_morse,
    huffman_codes,
    luhn_digit,
    rail_fence,
    run_lengths,
    shift_letters,
    to_morse,
)
from matching import extract_fields, find_all, glob_match, regex_match
from similarity import (
    closest_match,
    common_prefix,
    edit_distance,
    edit_script,
    is_palindrome,
    longest_palindrome,
    soundex,
)
from wording import plural, rename, shorten, slugify, split_words, wrap


class WordingTests(unittest.TestCase):
    """Text as people see it."""

    def test_wrap_fills_lines(self) -> None:
        self.assertEqual(wrap("one two three", 8), ["one two", "three"])

    def test_wrap_cuts_long_words(self) -> None:
        self.assertEqual(wrap("x abcdefgh y", 4), ["x", "abcd", "efgh", "y"])

    def test_shorten_keeps_both_ends(self) -> None:
        self.assertEqual(shorten("abcdefghij", 7), "ab...ij")

    def test_slug_of_mixed_signs(self) -> None:
        self.assertEqual(slugify("C & C++ / 2nd ed."), "c-c-2nd-ed")

    def test_words_of_abbreviations(self) -> None:
        self.assertEqual(split_words("parseXMLFile2"), ["parse", "xml", "file2"])

    def test_rename_to_kebab(self) -> None:
        self.assertEqual(rename("someLongName", "kebab"), "some-long-name")

    def test_plurals(self) -> None:
        self.assertEqual(plural(2, "city"), "2 cities")
        self.assertEqual(plural(2, "mouse"), "2 mice")
        self.assertEqual(plural(1, "box"), "1 box")


class CodeTests(unittest.TestCase):
    """Text in another form."""

    def test_run_lengths_of_alternating_runs(self) -> None:
        self.assertEqual(run_lengths("aab"), [("a", 2), ("b", 1)])

    def test_runs_can_be_expanded(self) -> None:
        self.assertEqual(expand_runs("2a3bc"), "aabbbc")

    def test_caesar_wraps_round(self) -> None:
        self.assertEqual(shift_letters("xyz", 3), "abc")

    def test_rails(self) -> None:
        self.assertEqual(rail_fence("abcdef", 3), "aebdfc")

    def test_morse_in_both_directions(self) -> None:
        self.assertEqual(to_morse("me"), "-- .")
        self.assertEqual(from_morse("-- ."), "me")

    def test_rarest_letters_get_longest_codes(self) -> None:
        self.assertEqual(huffman_codes("aab"), {"a": "1", "b": "0"})

    def test_check_digit(self) -> None:
        self.assertEqual(luhn_digit("411111111111111"), 1)


@pytest.mark.parametrize(
    "first, second, expected",
    [("cat", "cut", 1), ("", "", 0), ("abc", "", 3), ("sunday", "saturday", 3)],
)
def test_edit_distance(first: str, second: str, expected: int) -> None:
    assert edit_distance(first, second) == expected


@pytest.mark.parametrize(
    "pattern, text, expected",
    [("a?b", "b", True), ("a*", "aaa", True), ("a+", "", False), (".x", "yx", True)],
)
def test_regex_match(pattern: str, text: str, expected: bool) -> None:
    assert regex_match(pattern, text) is expected


@pytest.mark.parametrize(
    "pattern, name, expected",
    [("*.txt", "a.txt", True), ("?", "", False), ("a*a", "a", False)],
)
def test_glob_match(pattern: str, name: str, expected: bool) -> None:
    assert glob_match(pattern, name) == expected


def test_script_of_a_replaced_letter() -> None:
    assert edit_script("cat", "cut") == ["=c", "-a", "+u", "=t"]


def test_sounds() -> None:
    assert soundex("Smith") == soundex("Smyth")
    assert soundex("Euler") == "E460"


def test_suggestions() -> None:
    assert closest_match("staus", ["stash", "status"]) == "status"


def test_palindromes() -> None:
    assert is_palindrome("Was it a car?") is False
    assert longest_palindrome("racecars") == "racecar"


def test_prefix_of_unrelated_words() -> None:
    assert common_prefix(["flow", "flower", "float"]) == "flo"


def test_search() -> None:
    assert find_all("mississippi", "issi") == [1, 4]


def test_routes() -> None:
    assert extract_fields("/<a>/<b>", "/x/y") == {"a": "x", "b": "y"}
