def f(n):
    """
    >>> f(5)
    [0, 0, -1, 2, -2, -3]
    """
    out = []
    for i in range(n):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            out.append(i)
        finally:
            out.append(-i)
    return out
