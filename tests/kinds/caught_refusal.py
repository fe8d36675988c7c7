import os


def f(n):
    """
    >>> f(1)
    1
    """
    try:
        v = os.nice(0)
    except OSError:
        v = 5
    return n + v
