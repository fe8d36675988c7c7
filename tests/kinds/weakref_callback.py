import weakref
class A:
    pass
log = []
def gone(r):
    log.append('gone')
def f():
    """
    >>> f()
    1
    """
    a = A()
    r = weakref.ref(a, gone)
    a = 1
    n = len(log)
    return n
