import copy, pickle
class P:
    n = 0
    def __init__(self, x):
        self.x = x
    def __reduce__(self):
        P.n += 1
        return (P, (self.x,))
def f():
    """
    >>> f()
    (3, 1)
    """
    P.n = 0
    p = P(3)
    q = copy.copy(p)
    return q.x, P.n
