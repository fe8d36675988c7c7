def f(n):
    """
    >>> f(2)
    2
    """
    for i in range(n):
        x = i
        del x
    del i
    return n
