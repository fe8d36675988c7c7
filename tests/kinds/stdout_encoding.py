import sys
def f():
    """
    >>> f()
    """
    return sys.stdout.encoding
