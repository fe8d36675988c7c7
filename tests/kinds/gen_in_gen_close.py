def inner():
    try:
        yield 1
    except GeneratorExit:
        return
def outer():
    yield from inner()
def f():
    """
    >>> f()
    1
    """
    g = outer()
    next(g)
    g.close()
    return 1
