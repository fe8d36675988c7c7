import gc
class A:
    pass
def f():
    """
    >>> f()
    1
    """
    a = A()
    n = sum(isinstance(o, A) for o in gc.get_objects())
    return n
