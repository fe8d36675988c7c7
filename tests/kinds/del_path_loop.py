class D:
    log = []
    def __init__(self, n):
        self.n = n
    def __del__(self):
        D.log.append(self.n)
def f(n):
    """
    >>> f(3)
    [0, 1, 2]
    """
    D.log = []
    for i in range(n):
        d = D(i)
    del d
    return D.log
