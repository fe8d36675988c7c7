class D:
    log = []
    def __del__(self):
        D.log.append(1)
def f(n):
    """
    >>> f(2)
    3
    """
    D.log = []
    d = D()
    d = None; seen = len(D.log)
    return seen + n
