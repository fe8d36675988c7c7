# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of the graph algorithms."""

from __future__ import annotations

import unittest

import pytest

from graphs import (
    breadth_first,
    connected_components,
    depth_first,
    find_cycle,
    minimum_spanning_tree,
    shortest_distances,
    topological_order,
    two_color,
)


class TraversalTests(unittest.TestCase):
    """Orders in which nodes are visited."""

    def test_breadth_first_visits_by_distance(self) -> None:
        self.assertEqual(
            breadth_first({"s": ["l", "r"], "l": ["far"], "r": []}, "s"),
            ["s", "l", "r", "far"])

    def test_breadth_first_ignores_unreachable_nodes(self) -> None:
        self.assertEqual(breadth_first({"a": [], "b": ["a"]}, "a"), ["a"])

    def test_depth_first_finishes_a_branch(self) -> None:
        self.assertEqual(
            depth_first({"s": ["l", "r"], "l": ["far"], "r": []}, "s"),
            ["s", "l", "far", "r"])

    def test_depth_first_survives_a_loop(self) -> None:
        self.assertEqual(depth_first({"a": ["a", "b"], "b": ["a"]}, "a"), ["a", "b"])


class DistanceTests(unittest.TestCase):
    """Costs of routes."""

    def test_a_detour_can_be_cheaper(self) -> None:
        self.assertEqual(
            shortest_distances({"a": {"c": 9, "b": 2}, "b": {"c": 3}}, "a"),
            {"a": 0, "b": 2, "c": 5})

    def test_no_edges(self) -> None:
        self.assertEqual(shortest_distances({}, "a"), {"a": 0})

    def test_negative_cost_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            shortest_distances({"a": {"b": -2}}, "a")


@pytest.mark.parametrize(
    "dependencies, expected",
    [
        ({"c": ["b"], "b": ["a"]}, ["a", "b", "c"]),
        ({"z": [], "y": [], "x": []}, ["x", "y", "z"]),
        ({"app": ["ui", "db"], "ui": ["core"], "db": ["core"]},
         ["core", "db", "ui", "app"]),
    ],
)
def test_topological_order(
    dependencies: dict[str, list[str]], expected: list[str]
) -> None:
    assert topological_order(dependencies) == expected


@pytest.mark.parametrize(
    "graph, expected",
    [
        ({"a": ["b"], "b": ["a"]}, ["a", "b", "a"]),
        ({"a": ["b"], "b": []}, None),
        ({"a": ["b", "c"], "b": [], "c": ["a"]}, ["a", "c", "a"]),
        ({}, None),
    ],
)
def test_find_cycle(graph: dict[str, list[str]], expected: list[str] | None) -> None:
    assert find_cycle(graph) == expected


def test_circular_tasks_are_named() -> None:
    with pytest.raises(ValueError, match="among a, b"):
        topological_order({"a": ["b"], "b": ["a"]})


def test_components_are_sorted() -> None:
    assert connected_components(["c", "b", "a"], [("c", "a")]) == [["a", "c"], ["b"]]


def test_components_of_one_node() -> None:
    assert connected_components(["only"], []) == [["only"]]


def test_spanning_tree_skips_the_dearest_edge_of_a_ring() -> None:
    assert minimum_spanning_tree(3, [(1, 0, 1), (2, 1, 2), (9, 2, 0)]) == (
        3, [(0, 1), (1, 2)])


def test_square_has_two_sides() -> None:
    assert two_color(
        {"a": ["b", "d"], "b": ["a", "c"], "c": ["b", "d"], "d": ["a", "c"]}
    ) == {"a": 0, "b": 1, "d": 1, "c": 0}


def test_odd_ring_has_no_sides() -> None:
    assert two_color({"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}) is None
