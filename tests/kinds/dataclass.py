from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: int = 0
def f():
    """
    >>> f()
    (1, 4, 'P(x=1, y=4)')
    """
    p = P(1)
    p.y = 4
    return (p.x, p.y, repr(p))
