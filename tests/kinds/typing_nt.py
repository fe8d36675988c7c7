from typing import NamedTuple
from collections import namedtuple, defaultdict, Counter, OrderedDict, deque
class P(NamedTuple):
    x: int
    y: int = 2
def f():
    """
    >>> f()
    (1, 2, {'a': [1]}, [('a', 2)], [2, 3])
    """
    p = P(1)
    d = defaultdict(list)
    d['a'].append(p.x)
    c = Counter('aab')
    q = deque([1, 2, 3], maxlen=2)
    x, y = p
    return x, y, dict(d), c.most_common(1), list(q)
