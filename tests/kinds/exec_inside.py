def f(n):
    """
    >>> f(3)
    6
    """
    space = {}
    exec('def g(x):\n    return x * 2', space)
    r = space['g'](n)
    return r
