# SPDX-License-Identifier: MIT OR Apache-2.0
"""Graph algorithms over adjacency dictionaries.

A graph is a mapping from a node name to its neighbours. Every function visits
neighbours in the order the caller listed them, so results are reproducible.
"""

from __future__ import annotations

import heapq
from collections import deque

from structures import UnionFind


def breadth_first(graph: dict[str, list[str]], start: str) -> list[str]:
    """List the nodes reachable from a start node, nearest first.

    Dependency viewers use this order to show direct neighbours before distant
    ones. A queue is enough because every edge counts as one step.

    Args:
        graph: Neighbours of each node; nodes without neighbours may be absent.
        start: The node to begin from.

    Returns:
        The nodes in the order in which they were discovered.

    Examples:
        >>> breadth_first({"a": ["b", "c"], "b": ["d"], "c": ["d"]}, "a")
        ['a', 'b', 'c', 'd']
        >>> breadth_first({"a": ["b"], "b": ["a"]}, "b")
        ['b', 'a']
        >>> breadth_first({}, "alone")
        ['alone']
        >>> breadth_first({"x": ["x", "y", "y"], "z": ["x"]}, "x")
        ['x', 'y']
    """
    order = [start]
    seen = {start}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for neighbour in graph.get(node, []):
            if neighbour not in seen:
                # Marking on discovery keeps a node from entering the queue twice.
                seen.add(neighbour)
                order.append(neighbour)
                queue.append(neighbour)
    return order


def depth_first(graph: dict[str, list[str]], start: str) -> list[str]:
    """List the nodes reachable from a start node, following each branch fully.

    An explicit stack replaces recursion so that long chains cannot exhaust the
    interpreter's call stack.

    Args:
        graph: Neighbours of each node.
        start: The node to begin from.

    Returns:
        The nodes in preorder.

    Examples:
        >>> depth_first({"a": ["b", "c"], "b": ["d"], "c": []}, "a")
        ['a', 'b', 'd', 'c']
        >>> depth_first({"a": ["b"], "b": ["c"], "c": ["a"]}, "b")
        ['b', 'c', 'a']
        >>> depth_first({"a": []}, "a")
        ['a']
        >>> depth_first({"1": ["2", "3"], "2": ["3"], "3": ["2"]}, "1")
        ['1', '2', '3']
    """
    order: list[str] = []
    seen: set[str] = set()
    stack = [start]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        order.append(node)
        # The stack reverses what is pushed, so push backwards to keep list order.
        for neighbour in reversed(graph.get(node, [])):
            if neighbour not in seen:
                stack.append(neighbour)
    return order


def shortest_distances(
    graph: dict[str, dict[str, int]], start: str
) -> dict[str, int]:
    """Compute the cheapest travel cost from one node to every other (Dijkstra).

    Args:
        graph: For each node, the cost of the edge to each neighbour.
        start: The node where every route begins.

    Returns:
        The total cost per reachable node, in the order in which they settled.

    Raises:
        ValueError: If an edge cost is negative, because a settled distance
            could then turn out to be wrong.

    Examples:
        >>> shortest_distances({"a": {"b": 4, "c": 1}, "c": {"b": 2}}, "a")
        {'a': 0, 'c': 1, 'b': 3}
        >>> shortest_distances({"a": {"b": 0}, "b": {"a": 5}}, "a")
        {'a': 0, 'b': 0}
        >>> shortest_distances({"far": {"away": 9}}, "home")
        {'home': 0}
        >>> shortest_distances({"a": {"b": -1}}, "a")
        Traceback (most recent call last):
        ...
        ValueError: negative cost on edge a -> b
    """
    settled: dict[str, int] = {}
    frontier = [(0, start)]
    while frontier:
        cost, node = heapq.heappop(frontier)
        # An outdated entry stays in the heap; skip it instead of deleting it.
        if node in settled:
            continue
        settled[node] = cost
        for neighbour, weight in graph.get(node, {}).items():
            if weight < 0:
                raise ValueError(f"negative cost on edge {node} -> {neighbour}")
            if neighbour not in settled:
                heapq.heappush(frontier, (cost + weight, neighbour))
    return settled


def topological_order(dependencies: dict[str, list[str]]) -> list[str]:
    """Order tasks so that each comes after everything it depends on.

    Build tools need this order; ties are broken alphabetically so that two runs
    of the same build do the same thing.

    Args:
        dependencies: For each task, the tasks that must come before it.

    Returns:
        All tasks, including those that only appear as a dependency.

    Raises:
        ValueError: If the tasks depend on each other in a circle.

    Examples:
        >>> topological_order({"link": ["compile"], "compile": ["fetch"]})
        ['fetch', 'compile', 'link']
        >>> topological_order({"b": [], "a": []})
        ['a', 'b']
        >>> topological_order({})
        []
        >>> topological_order({"d": ["b", "c"], "b": ["a"], "c": ["a"]})
        ['a', 'b', 'c', 'd']
        >>> topological_order({"egg": ["hen"], "hen": ["egg"]})
        Traceback (most recent call last):
        ...
        ValueError: circular dependency among egg, hen
    """
    waiting = {task: len(needs) for task, needs in dependencies.items()}
    unlocks: dict[str, list[str]] = {}
    for task, needs in dependencies.items():
        for need in needs:
            waiting.setdefault(need, 0)
            unlocks.setdefault(need, []).append(task)
    ready = [task for task, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        task = heapq.heappop(ready)
        order.append(task)
        for follower in unlocks.get(task, []):
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, follower)
    if len(order) < len(waiting):
        # Whatever never became ready is on a circle or behind one.
        stuck = sorted(task for task, count in waiting.items() if count > 0)
        raise ValueError("circular dependency among " + ", ".join(stuck))
    return order


def connected_components(
    nodes: list[str], edges: list[tuple[str, str]]
) -> list[list[str]]:
    """Group nodes of an undirected graph that can reach each other.

    Args:
        nodes: All nodes; isolated ones form groups of their own.
        edges: Undirected links between the nodes.

    Returns:
        The groups, each sorted, in order of their smallest member.

    Examples:
        >>> connected_components(["a", "b", "c", "d"], [("a", "c"), ("c", "d")])
        [['a', 'c', 'd'], ['b']]
        >>> connected_components(["x", "y"], [])
        [['x'], ['y']]
        >>> connected_components([], [])
        []
        >>> connected_components(["q", "p"], [("q", "p"), ("p", "q"), ("q", "q")])
        [['p', 'q']]
    """
    links: dict[str, list[str]] = {node: [] for node in nodes}
    for first, second in edges:
        # An undirected edge is stored once for each direction.
        links[first].append(second)
        links[second].append(first)
    groups: list[list[str]] = []
    placed: set[str] = set()
    for node in sorted(nodes):
        if node not in placed:
            group = breadth_first(links, node)
            placed.update(group)
            groups.append(sorted(group))
    return groups


def find_cycle(graph: dict[str, list[str]]) -> list[str] | None:
    """Find one circle of edges in a directed graph.

    Reporting the circle itself, rather than only that one exists, is what lets
    a user repair an import loop.

    Args:
        graph: Successors of each node.

    Returns:
        The nodes of the circle, its first node repeated at the end, or None.

    Examples:
        >>> find_cycle({"a": ["b"], "b": ["c"], "c": ["a"]})
        ['a', 'b', 'c', 'a']
        >>> find_cycle({"a": ["b", "c"], "b": ["c"]}) is None
        True
        >>> find_cycle({"in": ["x"], "x": ["y"], "y": ["x"]})
        ['x', 'y', 'x']
        >>> find_cycle({"self": ["self"]})
        ['self', 'self']
    """
    finished: set[str] = set()
    path: list[str] = []

    def visit(node: str) -> list[str] | None:
        if node in path:
            # Drop the run-up to the circle; only the loop is of interest.
            return path[path.index(node):] + [node]
        if node in finished:
            return None
        path.append(node)
        for successor in graph.get(node, []):
            cycle = visit(successor)
            if cycle is not None:
                return cycle
        finished.add(path.pop())
        return None

    for start in graph:
        found = visit(start)
        if found is not None:
            return found
    return None


def minimum_spanning_tree(
    size: int, edges: list[tuple[int, int, int]]
) -> tuple[int, list[tuple[int, int]]]:
    """Connect all nodes with the cheapest set of edges (Kruskal).

    Args:
        size: The number of nodes, which are numbered from zero.
        edges: Candidate edges as (cost, first node, second node).

    Returns:
        The total cost and the chosen edges in the order of choosing.

    Raises:
        ValueError: If the edges do not connect all the nodes.

    Examples:
        >>> minimum_spanning_tree(3, [(5, 0, 1), (1, 1, 2), (2, 0, 2)])
        (3, [(1, 2), (0, 2)])
        >>> minimum_spanning_tree(1, [])
        (0, [])
        >>> minimum_spanning_tree(2, [(7, 0, 1), (3, 1, 0)])
        (3, [(1, 0)])
        >>> minimum_spanning_tree(3, [(1, 0, 1)])
        Traceback (most recent call last):
        ...
        ValueError: the graph is in 2 pieces
    """
    sets = UnionFind(size)
    total = 0
    chosen: list[tuple[int, int]] = []
    for cost, first, second in sorted(edges):
        # An edge inside one set would only close a circle.
        if sets.union(first, second):
            total += cost
            chosen.append((first, second))
    if sets.count > 1:
        raise ValueError(f"the graph is in {sets.count} pieces")
    return total, chosen


def two_color(graph: dict[str, list[str]]) -> dict[str, int] | None:
    """Split an undirected graph into two sides without edges inside a side.

    Seating plans and register allocation both reduce to this question. Every
    edge must be listed at both of its ends.

    Args:
        graph: Neighbours of each node.

    Returns:
        The side, 0 or 1, of each node, or None if no such split exists.

    Examples:
        >>> two_color({"a": ["b"], "b": ["a", "c"], "c": ["b"]})
        {'a': 0, 'b': 1, 'c': 0}
        >>> two_color({"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}) is None
        True
        >>> two_color({"p": [], "q": []})
        {'p': 0, 'q': 0}
        >>> two_color({"w": ["w"]}) is None
        True
    """
    side: dict[str, int] = {}
    for start in graph:
        if start in side:
            continue
        # Each separate piece may begin on either side; zero is as good as one.
        side[start] = 0
        queue = deque([start])
        while queue:
            node = queue.popleft()
            for neighbour in graph[node]:
                if neighbour not in side:
                    side[neighbour] = 1 - side[node]
                    queue.append(neighbour)
                elif side[neighbour] == side[node]:
                    return None
    return side
