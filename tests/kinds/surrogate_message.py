def f(n):
    """
    >>> f(0)
    0
    >>> f(1)
    Traceback (most recent call last):
    ValueError: x
    """
    if n == 0:
        return n
    raise ValueError('\ud800' * n)
