def f(n):
    """
    >>> f(3)
    (3, (3,), 1)
    """
    try:
        raise KeyError(n)
    except (KeyError, ValueError) as err:
        k = err.args[0]
        try:
            raise ValueError(k) from err
        except ValueError as inner:
            c = inner.__cause__.args
    else:
        k = None
    finally:
        z = 1
    return k, c, z
