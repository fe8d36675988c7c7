class D:
    n = 0
    def __del__(self):
        D.n += 1
def f():
    """
    >>> f()
    (1, 2, 3)
    """
    xs = [D(), D(), D()]
    xs.pop()
    a = D.n
    xs[0] = 1
    b = D.n
    xs = []
    c = D.n
    return (a, b, c)
