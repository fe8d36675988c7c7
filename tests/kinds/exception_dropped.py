class D:
    n = 0
    def __del__(self):
        D.n += 1
def bad():
    d = D()
    raise ValueError('x')
def f():
    """
    >>> f()
    (0, 1)
    """
    D.n = 0
    try:
        bad()
    except ValueError:
        a = D.n
    b = D.n
    return (a, b)
