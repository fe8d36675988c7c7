def g(a, /, b, *c, d=1, **e):
    return a, b, c, d, e
def f():
    """
    >>> f()
    (1, 2, (3,), 4, {'z': 5})
    """
    return g(1, 2, 3, d=4, z=5)
