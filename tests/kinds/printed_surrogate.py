def f(n):
    """
    >>> f(1)
    1
    """
    try:
        print('\udcff' * n)
    except UnicodeEncodeError:
        n += 10
    return n
