def f(n):
    """
    >>> f(2)
    ([0], {0: 0, 1: 1})
    """
    k = n
    r = [k for k in [0]]
    s = {k: k
         for k in range(n)}
    return r, s
