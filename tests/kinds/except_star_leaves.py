def f(n):
    """
    >>> f(2)
    0
    """
    try:
        raise ExceptionGroup('many', [ValueError(1), KeyError('k')])
    except* ValueError:
        n += 1
    return n
