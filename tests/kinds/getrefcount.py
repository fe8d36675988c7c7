import sys
def f():
    """
    >>> f()
    1
    """
    x = []
    y = x
    n = sys.getrefcount(x)
    y = None
    m = sys.getrefcount(x)
    return n - m
