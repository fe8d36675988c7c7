import warnings
def f():
    """
    >>> f()
    1
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        warnings.warn('x')
        n = len(caught)
    return n
