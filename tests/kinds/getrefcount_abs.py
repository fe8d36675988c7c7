import sys
def f():
    """
    >>> f()
    2
    """
    x = [1]
    n = sys.getrefcount(x)
    return n
