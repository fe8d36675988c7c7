def f(x):
    """
    >>> f('a')
    "invalid literal for int() with base 10: 'a'"
    """
    e = 1
    try:
        int(x)
    except ValueError as e:
        s = str(e)
    return s
