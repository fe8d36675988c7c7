def g():
    x = 1
    yield x
    x = 2
    yield x
def f():
    """
    >>> f()
    (3, 2)
    """
    it = g()
    next(it)
    a = it.gi_frame.f_lineno
    next(it)
    return a, it.gi_frame.f_locals['x']
