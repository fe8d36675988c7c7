import weakref
class A:
    pass
def f():
    """
    >>> f()
    False
    """
    a = A()
    r = weakref.ref(a)
    a = None
    alive = r() is not None
    return alive
