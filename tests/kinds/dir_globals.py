x = 1
def f():
    """
    >>> f()
    ['f', 'x']
    """
    names = sorted(n for n in globals() if not n.startswith('_'))
    return names
