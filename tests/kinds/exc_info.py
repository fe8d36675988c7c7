import sys
def f():
    """
    >>> f()
    (None, 'ZeroDivisionError', None)
    """
    a = sys.exc_info()[0]
    try:
        1 / 0
    except ZeroDivisionError:
        b = sys.exc_info()[0].__name__
    return a, b, sys.exc_info()[0]
