def f(n):
    """
    >>> f(3)
    0
    """
    a, b = object(), object()
    return id(a) < id(b)
