def inner():
    got = []
    while True:
        x = yield len(got)
        if x is None:
            return got
        got.append(x)
def outer():
    r = yield from inner()
    yield r
def f():
    """
    >>> f()
    [1, 2]
    """
    o = outer()
    next(o)
    o.send(1)
    o.send(2)
    return o.send(None)
