import warnings
def g():
    warnings.warn('old', DeprecationWarning, stacklevel=2)
    return 2
def f():
    """
    >>> f()
    'old'
    """
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        try:
            g()
        except DeprecationWarning as e:
            return str(e)
