def f():
    """
    >>> f()
    True
    """
    return id([1]) == id([2])
