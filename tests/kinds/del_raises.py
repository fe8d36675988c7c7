class D:
    def __del__(self):
        raise ValueError('in del')
def f():
    """
    >>> f()
    1
    """
    d = D()
    d = None
    return 1
