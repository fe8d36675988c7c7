import sys
def f():
    """
    >>> f()
    True
    """
    n = 'os' in sys.modules
    return n
