def g():
    try:
        yield
    finally:
        x = 1
    yield
def f():
    """
    >>> f()
    [None, None]
    """
    return list(g())
