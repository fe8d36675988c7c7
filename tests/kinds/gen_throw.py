def g():
    while True:
        try:
            x = yield 1
        except KeyError:
            yield 2
def f():
    """
    >>> f()
    (2, 1)
    """
    it = g()
    next(it)
    a = it.throw(KeyError('k'))
    b = next(it)
    return a, b
