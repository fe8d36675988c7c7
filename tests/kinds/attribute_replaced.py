class D:
    n = 0
    def __del__(self):
        D.n += 1
class Box:
    pass
def f():
    """
    >>> f()
    1
    """
    D.n = 0
    b = Box()
    b.d = D()
    b.d = 3
    a = D.n
    return a
