def g(n):
    """
    >>> a = g(3)
    >>> b = g(2)
    >>> next(a)
    0
    >>> list(zip(a, b))
    [(1, 0), (2, 1)]
    """
    for i in range(n):
        yield i
