class D:
    n = 0
    def __del__(self):
        D.n += 1
def make():
    return D()
def f():
    """
    >>> f()
    1
    """
    D.n = 0
    make()
    a = D.n
    return a
