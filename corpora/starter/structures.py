# SPDX-License-Identifier: MIT OR Apache-2.0
"""Containers that the standard library lacks or keeps hidden."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator


class UnionFind:
    """Disjoint sets of numbered items that can be merged quickly.

    Path halving keeps the trees flat without a second pass over the path.

    Parameters
    ----------
    size : int
        How many items there are; each begins in a set of its own.

    Examples
    --------
    >>> sets = UnionFind(4)
    >>> sets.union(0, 1)
    True
    >>> sets.union(1, 0)
    False
    >>> sets.union(2, 3), sets.union(3, 0)
    (True, True)
    >>> sets.find(2) == sets.find(1), sets.count
    (True, 1)
    >>> UnionFind(3).find(2)
    2
    """

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))
        self.weight = [1] * size
        self.count = size

    def find(self, item: int) -> int:
        """Return the representative of the set that holds the item."""
        while self.parent[item] != item:
            # Point at the grandparent so that the next search is shorter.
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def union(self, first: int, second: int) -> bool:
        """Merge two sets and say whether they were separate before."""
        a, b = self.find(first), self.find(second)
        if a == b:
            return False
        if self.weight[a] < self.weight[b]:
            a, b = b, a
        # The lighter tree goes below the heavier one, which bounds the height.
        self.parent[b] = a
        self.weight[a] += self.weight[b]
        self.count -= 1
        return True


class LRUCache:
    """A bounded mapping that forgets the entry unused for the longest time.

    Parameters
    ----------
    capacity : int
        The greatest number of entries to keep; at least one.

    Raises
    ------
    ValueError
        If the capacity leaves no room for an entry.

    Examples
    --------
    >>> cache = LRUCache(2)
    >>> cache.put("a", 1); cache.put("b", 2)
    >>> cache.get("a")
    1
    >>> cache.put("c", 3)
    >>> cache.get("b"), cache.get("b", -1)
    (None, -1)
    >>> cache.keys()
    ['a', 'c']
    >>> LRUCache(0)
    Traceback (most recent call last):
    ...
    ValueError: capacity must be positive, not 0
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be positive, not {capacity}")
        self.capacity = capacity
        self.entries: OrderedDict[str, int] = OrderedDict()

    def get(self, key: str, default: int | None = None) -> int | None:
        """Look a key up and mark it as used."""
        if key not in self.entries:
            return default
        # The end of the order is the most recently used side.
        self.entries.move_to_end(key)
        return self.entries[key]

    def put(self, key: str, value: int) -> None:
        """Store a value, evicting the stalest entry when full."""
        self.entries[key] = value
        self.entries.move_to_end(key)
        if len(self.entries) > self.capacity:
            self.entries.popitem(last=False)

    def keys(self) -> list[str]:
        """List the keys from the stalest to the freshest."""
        return list(self.entries)


class RingBuffer:
    """A fixed window over the latest values of a stream.

    Old values are overwritten in place, so memory never grows: the right shape
    for the last few log lines or sensor readings.

    Parameters
    ----------
    size : int
        The number of slots.

    Examples
    --------
    >>> ring = RingBuffer(3)
    >>> for value in [1, 2, 3, 4]:
    ...     ring.push(value)
    >>> ring.items()
    [2, 3, 4]
    >>> len(ring)
    3
    >>> ring.pop(), ring.items()
    (2, [3, 4])
    >>> RingBuffer(2).items()
    []
    >>> RingBuffer(2).pop()
    Traceback (most recent call last):
    ...
    IndexError: the ring is empty
    """

    def __init__(self, size: int) -> None:
        self.slots: list[int] = [0] * size
        self.start = 0
        self.used = 0

    def __len__(self) -> int:
        return self.used

    def push(self, value: int) -> None:
        """Append a value, replacing the oldest one when all slots are used."""
        end = (self.start + self.used) % len(self.slots)
        self.slots[end] = value
        if self.used < len(self.slots):
            self.used += 1
        else:
            # The oldest value was just overwritten; the next oldest takes over.
            self.start = (self.start + 1) % len(self.slots)

    def pop(self) -> int:
        """Remove and return the oldest value."""
        if self.used == 0:
            raise IndexError("the ring is empty")
        value = self.slots[self.start]
        self.start = (self.start + 1) % len(self.slots)
        self.used -= 1
        return value

    def items(self) -> list[int]:
        """Copy the values out, oldest first."""
        size = len(self.slots)
        return [self.slots[(self.start + i) % size] for i in range(self.used)]


class Trie:
    """A tree of letters that answers prefix questions.

    Examples
    --------
    >>> trie = Trie()
    >>> for word in ["tea", "ten", "to"]:
    ...     trie.add(word)
    >>> "tea" in trie, "te" in trie
    (True, False)
    >>> trie.complete("te")
    ['tea', 'ten']
    >>> trie.complete("x")
    []
    >>> trie.add("te")
    >>> trie.complete("")
    ['te', 'tea', 'ten', 'to']
    """

    def __init__(self) -> None:
        self.children: dict[str, Trie] = {}
        self.is_word = False

    def add(self, word: str) -> None:
        """Insert a word; inserting it again changes nothing."""
        node = self
        for letter in word:
            node = node.children.setdefault(letter, Trie())
        # A flag, not a leaf, ends a word: longer words may share the path.
        node.is_word = True

    def descend(self, prefix: str) -> Trie | None:
        """Walk down along a prefix."""
        node: Trie | None = self
        for letter in prefix:
            if node is None:
                return None
            node = node.children.get(letter)
        return node

    def __contains__(self, word: str) -> bool:
        node = self.descend(word)
        return node is not None and node.is_word

    def complete(self, prefix: str) -> list[str]:
        """List the stored words that begin with a prefix, alphabetically."""
        node = self.descend(prefix)
        if node is None:
            return []
        words = [prefix] if node.is_word else []
        for letter in sorted(node.children):
            # Each suffix search starts from the child, so prefixes stay short.
            words += [prefix + letter + rest
                      for rest in node.children[letter].complete("")]
        return words


class MinHeap:
    """A binary heap in a list, smallest value on top.

    The children of slot *i* live at slots *2i + 1* and *2i + 2*, which is why no
    links need to be stored.

    Examples
    --------
    >>> heap = MinHeap()
    >>> for value in [5, 2, 8, 1]:
    ...     heap.push(value)
    >>> heap.values
    [1, 2, 8, 5]
    >>> heap.pop(), heap.pop()
    (1, 2)
    >>> heap.values
    [5, 8]
    >>> MinHeap().pop()
    Traceback (most recent call last):
    ...
    IndexError: the heap is empty
    """

    def __init__(self) -> None:
        self.values: list[int] = []

    def push(self, value: int) -> None:
        """Add a value."""
        self.values.append(value)
        child = len(self.values) - 1
        while child > 0:
            parent = (child - 1) // 2
            if self.values[parent] <= self.values[child]:
                break
            self.swap(parent, child)
            child = parent

    def pop(self) -> int:
        """Remove and return the smallest value."""
        if not self.values:
            raise IndexError("the heap is empty")
        # Moving the last leaf to the top keeps the tree complete.
        self.swap(0, len(self.values) - 1)
        smallest = self.values.pop()
        self.sink(0)
        return smallest

    def sink(self, parent: int) -> None:
        """Push a value down until both of its children are larger."""
        while True:
            child = 2 * parent + 1
            if child >= len(self.values):
                return
            right = child + 1
            if right < len(self.values) and self.values[right] < self.values[child]:
                child = right
            if self.values[parent] <= self.values[child]:
                return
            self.swap(parent, child)
            parent = child

    def swap(self, i: int, j: int) -> None:
        """Exchange two slots."""
        self.values[i], self.values[j] = self.values[j], self.values[i]


class FenwickTree:
    """Running totals over an array whose entries keep changing.

    Both operations touch a logarithmic number of slots, where a plain array is
    linear in one of them.

    Parameters
    ----------
    size : int
        The number of entries, all zero at first.

    Examples
    --------
    >>> tree = FenwickTree(5)
    >>> tree.add(0, 3); tree.add(2, 4); tree.add(4, 1)
    >>> tree.total(0), tree.total(1), tree.total(3)
    (0, 3, 7)
    >>> tree.span(1, 5)
    5
    >>> tree.add(2, -4)
    >>> tree.tree
    [0, 3, 3, 0, 3, 1]
    >>> tree.add(5, 1)
    Traceback (most recent call last):
    ...
    IndexError: no entry 5 in a tree of 5
    """

    def __init__(self, size: int) -> None:
        # Slot zero stays unused so that the lowest set bit is never missing.
        self.tree = [0] * (size + 1)

    def add(self, index: int, amount: int) -> None:
        """Increase one entry."""
        size = len(self.tree) - 1
        if not 0 <= index < size:
            raise IndexError(f"no entry {index} in a tree of {size}")
        slot = index + 1
        while slot <= size:
            self.tree[slot] += amount
            # Adding the lowest set bit moves to the next slot covering this one.
            slot += slot & -slot

    def total(self, count: int) -> int:
        """Sum the first entries."""
        result = 0
        while count > 0:
            result += self.tree[count]
            count -= count & -count
        return result

    def span(self, low: int, high: int) -> int:
        """Sum the entries from low up to, but not including, high."""
        return self.total(high) - self.total(low)


class LinkedList:
    """A chain of pairs, each holding a value and the rest of the chain.

    Parameters
    ----------
    values : list of int
        The values in order.

    Examples
    --------
    >>> chain = LinkedList([1, 2, 3])
    >>> list(chain)
    [1, 2, 3]
    >>> chain.reverse()
    >>> list(chain)
    [3, 2, 1]
    >>> chain.remove(2), chain.remove(9)
    (True, False)
    >>> list(chain), chain.middle()
    ([3, 1], 1)
    >>> LinkedList([]).middle() is None
    True
    """

    def __init__(self, values: list[int]) -> None:
        self.head: list | None = None
        # Building from the back avoids walking to the end for each value.
        for value in reversed(values):
            self.head = [value, self.head]

    def __iter__(self) -> Iterator[int]:
        node = self.head
        while node is not None:
            yield node[0]
            node = node[1]

    def reverse(self) -> None:
        """Turn the chain around in place."""
        previous, node = None, self.head
        while node is not None:
            following = node[1]
            node[1] = previous
            previous, node = node, following
        self.head = previous

    def remove(self, value: int) -> bool:
        """Unlink the first node with a value; say whether there was one."""
        # A dummy before the head makes removing the head an ordinary case.
        dummy = [0, self.head]
        node = dummy
        while node[1] is not None:
            if node[1][0] == value:
                node[1] = node[1][1]
                self.head = dummy[1]
                return True
            node = node[1]
        return False

    def middle(self) -> int | None:
        """Return the middle value, the later one of two, in a single pass."""
        slow = fast = self.head
        while fast is not None and fast[1] is not None:
            slow, fast = slow[1], fast[1][1]
        return None if slow is None else slow[0]


class MinStack:
    """A stack that also knows its smallest value at any time.

    Examples
    --------
    >>> stack = MinStack()
    >>> stack.push(4); stack.push(7); stack.push(2)
    >>> stack.minimum()
    2
    >>> stack.pop(), stack.minimum()
    (2, 4)
    >>> stack.push(4); stack.lows
    [4, 4]
    >>> stack.pop(), stack.pop(), stack.pop()
    (4, 7, 4)
    >>> stack.minimum()
    Traceback (most recent call last):
    ...
    IndexError: the stack is empty
    """

    def __init__(self) -> None:
        self.values: list[int] = []
        self.lows: list[int] = []

    def push(self, value: int) -> None:
        """Put a value on top."""
        self.values.append(value)
        # Ties are recorded too, or popping one copy would lose the other.
        if not self.lows or value <= self.lows[-1]:
            self.lows.append(value)

    def pop(self) -> int:
        """Take the top value off."""
        if not self.values:
            raise IndexError("the stack is empty")
        value = self.values.pop()
        if value == self.lows[-1]:
            self.lows.pop()
        return value

    def minimum(self) -> int:
        """Return the smallest value without removing it."""
        if not self.lows:
            raise IndexError("the stack is empty")
        return self.lows[-1]
