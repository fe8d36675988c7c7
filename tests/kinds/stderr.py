import sys
def f():
    """
    >>> f()
    o
    1
    """
    print('e', file=sys.stderr)
    print('o')
    return 1
