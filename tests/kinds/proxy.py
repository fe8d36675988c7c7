import weakref
class A:
    x = 1
def f():
    """
    >>> f()
    'gone'
    """
    a = A()
    p = weakref.proxy(a)
    v = p.x
    a = None
    try:
        p.x
    except ReferenceError:
        v = 'gone'
    return v
