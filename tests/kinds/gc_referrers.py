import gc
def f():
    """
    >>> f()
    1
    """
    x = [1]
    y = [x]
    n = len(gc.get_referrers(x))
    return n
