def f(xs):
    """
    >>> f([1, 2, 3])
    (2, False, [])
    """
    it = (x * 2 for x in xs)
    a = next(it)
    b = 5 in it
    return a, b, list(it)
