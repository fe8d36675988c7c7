def f(a):
    """
    >>> f(1)
    1
    """
    locals()['a'] = 5
    return a
