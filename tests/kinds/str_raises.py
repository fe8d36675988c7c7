class S:
    def __str__(self):
        raise RuntimeError('never')
    __repr__ = __str__
def f(n):
    """
    >>> f(3)
    0
    """
    x = n
    raise ValueError(S())
