import linecache
def f(n):
    """
    >>> f(3)
    0
    """
    return linecache.getline('/etc/hostname', 1), linecache.getlines('nope')
