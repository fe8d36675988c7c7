import weakref
class A:
    pass
def f():
    """
    >>> f()
    [1]
    """
    log = []
    a = A()
    weakref.finalize(a, log.append, 1)
    a = 2
    return list(log)
