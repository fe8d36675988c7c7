def f():
    """
    >>> f()
    1
    """
    try:
        raise ValueError('v')
    finally:
        return 1
