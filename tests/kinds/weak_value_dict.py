import weakref
class A:
    pass
def f(n):
    """
    >>> f(4)
    1
    """
    d = weakref.WeakValueDictionary()
    for i in range(n):
        a = A()
        d[i] = a
    size = len(d)
    return size
