def g():
    """
    >>> it = g()
    >>> next(it)
    1
    >>> it.close()
    """
    try:
        yield 1
    finally:
        x = 1
