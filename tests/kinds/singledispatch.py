from functools import singledispatch, reduce, partial
@singledispatch
def g(x):
    return 'o'
@g.register(int)
def _(x):
    return 'i'
def f():
    """
    >>> f()
    'io34'
    """
    return g(1) + g('a') + str(reduce(lambda a, b: a + b, [1, 2])) + str(partial(max, 3)(4))
