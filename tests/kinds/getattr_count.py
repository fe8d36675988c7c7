class G:
    n = 0
    def __getattribute__(self, k):
        G.n += 1
        return object.__getattribute__(self, k)
def f():
    """
    >>> f()
    0
    """
    G.n = 0
    g = G()
    g.z = 3
    return G.n
