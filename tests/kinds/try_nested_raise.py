def g(x):
    try:
        try:
            return 1 / x
        except TypeError:
            return 't'
        finally:
            x = 5
    except ZeroDivisionError:
        raise KeyError('z')
def f():
    """
    >>> f()
    ('z',)
    """
    try:
        g(0)
    except KeyError as e:
        return e.args
