import gc
class D:
    n = 0
    def __del__(self):
        D.n += 1
def f(k):
    """
    >>> f(5)
    4
    """
    D.n = 0
    for i in range(k):
        d = D()
        d.me = d
    gc.collect()
    return D.n
