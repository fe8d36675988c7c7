import sys
def f(n):
    """
    >>> f(3)
    0
    """
    sys.displayhook(n)
    return __builtins__ and _
