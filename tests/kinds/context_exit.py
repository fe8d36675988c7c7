class C:
    def __enter__(self):
        return self
    def __exit__(self, *a):
        return True
def f():
    """
    >>> f()
    1
    """
    with C() as c:
        x = 1
        raise ValueError('v')
    return x
