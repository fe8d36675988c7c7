class D:
    n = 0
    def __del__(self):
        D.n += 1
def f():
    """
    >>> f()
    ([0, 1, 2], 3)
    """
    D.n = 0
    seen = []
    for d in map(lambda i: D(), range(3)):
        seen.append(D.n)
    del d
    return seen, D.n
