class D:
    n = 0
    def __del__(self):
        D.n += 1
def drop(d):
    d = None
    return D.n
def f():
    """
    >>> f()
    1
    """
    D.n = 0
    return drop(D())
