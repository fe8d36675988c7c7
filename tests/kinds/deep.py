def d(n):
    if n == 0:
        return 0
    return 1 + d(n - 1)
def f():
    """
    >>> f()
    150
    """
    return d(150)
