def f(a):
    """
    >>> f([3, 1, 2])
    [1, 2, 3]
    """
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return a
