def f(n):
    """
    >>> f(3)
    (3, 4)
    """
    while n > 0: n -= 1
    for i in range(3): n += i
    t = 0
    for i in range(2):
        for j in range(2): t += 1
    return n, t
