import warnings
class W(RuntimeWarning):
    def __str__(self):
        return 'w'
def f(n):
    """
    >>> f(1)
    2
    """
    warnings.warn(W())
    return n + 1
