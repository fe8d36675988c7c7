class D:
    n = 0
    def __del__(self):
        D.n += 1
def f():
    """
    >>> f()
    ([0, 0, 0], 2)
    """
    D.n = 0
    seen = []
    for d in [D() for _ in range(3)]:
        seen.append(D.n)
    return seen, D.n
