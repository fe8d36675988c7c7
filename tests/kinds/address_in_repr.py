def f(n):
    """
    >>> f(3)
    0
    """
    a = object()
    b = object()
    return repr(a) < repr(b)
