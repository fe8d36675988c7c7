def g():
    """
    >>> it = g()
    >>> next(it)
    1
    >>> list(it)
    [2]
    """
    yield 1
    yield 2
    return 3
