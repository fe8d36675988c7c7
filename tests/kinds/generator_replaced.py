log = []
def g():
    try:
        yield 1
        yield 2
    finally:
        log.append('closed')
def f():
    """
    >>> f()
    1
    """
    it = g()
    next(it)
    it = None
    n = len(log)
    return n
