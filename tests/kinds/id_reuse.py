class A:
    pass
def f():
    """
    >>> f()
    True
    """
    a = A()
    i = id(a)
    a = None
    b = A()
    return id(b) == i
