import gc
class A:
    pass
def f():
    """
    >>> f()
    True
    """
    a = A()
    a.me = a
    a = None
    n = gc.collect()
    return n > 0
