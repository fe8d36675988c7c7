def f(xs):
    """
    >>> f([1, 2, 3])
    (3, 2)
    """
    if (n := len(xs)) > 1 and any((y := x) > 1 for x in xs):
        return n, y
    return n
