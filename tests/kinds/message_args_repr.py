class S:
    k = 0
    def __repr__(self):
        S.k += 1
        return 'S%d' % S.k
def g(n):
    raise ValueError(S(), n)
def f(n):
    """
    >>> f(3)
    0
    """
    S.k = 0
    try:
        g(n)
    except ValueError:
        x = S.k
    y = repr(S())
    return x, y
