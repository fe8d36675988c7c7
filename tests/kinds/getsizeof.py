import sys
def f():
    """
    >>> f()
    True
    """
    x = []
    for i in range(5):
        x.append(i)
    n = sys.getsizeof(x) > 0
    return n
