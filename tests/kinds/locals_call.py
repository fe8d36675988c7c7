def f(a):
    """
    >>> f(1)
    ['a', 'b']
    """
    b = a + 1
    l = locals()
    c = 3
    return sorted(l)
