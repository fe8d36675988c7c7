class B:
    subs = []
    def __init_subclass__(cls, **kw):
        B.subs.append(cls.__name__)
def f():
    """
    >>> f()
    ['C', 'D']
    """
    class C(B):
        pass
    class D(B):
        pass
    return B.subs[-2:]
