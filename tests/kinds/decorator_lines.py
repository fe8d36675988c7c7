def deco(fn):
    def inner(*a):
        return fn(*a)
    return inner
def f():
    """
    >>> f()
    2
    """
    @deco
    def g(x):
        return x
    return g(2)
