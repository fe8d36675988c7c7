class D:
    n = 0
    def __del__(self):
        D.n += 1
def f():
    """
    >>> f()
    0
    """
    D.n = 0
    d = D()
    l = locals()
    d = None
    a = D.n
    return a
