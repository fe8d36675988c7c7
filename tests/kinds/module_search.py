from importlib import util
def f(n):
    """
    >>> f(3)
    0
    """
    return util.find_spec('yaml') is None
