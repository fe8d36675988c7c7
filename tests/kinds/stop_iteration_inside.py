def g():
    yield 1
    raise StopIteration(3)
def f():
    """
    >>> f()
    'generator raised StopIteration'
    """
    try:
        return list(g())
    except RuntimeError as e:
        return str(e)
