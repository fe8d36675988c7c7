import signal


def f(n):
    """
    >>> f(1)
    1
    """
    return n + signal.alarm(0)
