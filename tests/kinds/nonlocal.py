def f(n):
    """
    >>> f(4)
    6
    """
    t = 0
    def add(k):
        nonlocal t
        t += k
        return t
    for i in range(n):
        add(i)
    return t
