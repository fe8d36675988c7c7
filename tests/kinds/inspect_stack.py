import inspect
def g():
    return [fr.function for fr in inspect.stack()[:2]]
def f():
    """
    >>> f()
    ['g', 'f']
    """
    return g()
