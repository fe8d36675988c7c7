def g(x, acc=[]):
    acc.append(x)
    return acc
def f():
    """
    >>> f()
    [1, 2]
    """
    g(1)
    return g(2)
