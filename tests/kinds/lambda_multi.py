def f():
    """
    >>> f()
    3
    """
    g = (lambda a,
         b: a +
         b)
    return g(1, 2)
