def g():
    try:
        raise ValueError('v')
    finally:
        x = 1
def f():
    """
    >>> f()
    'v'
    """
    try:
        g()
    except ValueError as e:
        return str(e)
