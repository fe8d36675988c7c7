class D:
    n = 0
    def __del__(self):
        D.n += 1
    def m(self):
        return self
def f():
    """
    >>> f()
    (1, 1, 2)
    """
    D.n = 0
    D().m()
    a = D.n
    x = D().m().m()
    b = D.n
    x = None
    return a, b, D.n
