log = []
def g():
    try:
        yield 1
    finally:
        log.append(1)
def f():
    """
    >>> f()
    0
    """
    it = g()
    next(it)
    return len(log)
