def f(n):
    """
    >>> f(6)
    -1
    """
    for p in range(2, n):
        if n % p == 0:
            break
    else:
        return True
    while n > 2:
        n -= 1
        if n == 3:
            continue
    else:
        n = -1
    return n
