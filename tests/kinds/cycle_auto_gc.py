class D:
    n = 0
    def __del__(self):
        D.n += 1
def f(k):
    """
    >>> f(800)
    301
    """
    D.n = 0
    for i in range(k):
        d = D()
        d.me = d
    return D.n
