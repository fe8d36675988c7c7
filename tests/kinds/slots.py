class P:
    __slots__ = ('x', 'y')
    def __init__(self, x):
        self.x = x
    def __getattr__(self, k):
        return k
def f():
    """
    >>> f()
    (1, 'y')
    """
    p = P(1)
    return p.x, p.y
