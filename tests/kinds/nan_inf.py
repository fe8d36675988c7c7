def f():
    """
    >>> f()
    (-0.0, -1j)
    """
    a = float('nan')
    b = float('inf')
    c = -0.0
    d = complex(0, -1.0)
    return c, d
