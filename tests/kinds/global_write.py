n = 0
def inc():
    global n
    n += 1
    return n
def f():
    """
    >>> f()
    2
    """
    inc()
    inc()
    return n
