def d(n):
    return d(n + 1)
def f():
    """
    >>> f()
    'deep'
    """
    try:
        d(0)
    except RecursionError:
        return 'deep'
