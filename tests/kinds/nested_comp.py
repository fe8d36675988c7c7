def f(n):
    """
    >>> f(4)
    [[0], [0], [0, 6]]
    """
    return [[i * j
             for j in range(i)
             if j % 2 == 0]
            for i in range(n)
            if i]
