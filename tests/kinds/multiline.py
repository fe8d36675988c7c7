def f(a, b):
    """
    >>> f(2, 3)
    {'x': 8, 'y': 2}
    """
    x = (a +
         b *
         a)
    y = max(a,
            b,
            key=lambda v:
                -v)
    return {
        'x': x,
        'y': y,
    }
