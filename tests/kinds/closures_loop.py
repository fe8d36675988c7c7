def f():
    """
    >>> f()
    [2, 2, 2]
    """
    fs = []
    for i in range(3):
        fs.append(lambda: i)
    return [g() for g in fs]
