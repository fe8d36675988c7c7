class R:
    n = 0
    def __repr__(self):
        R.n += 1
        return 'R'
def f():
    """
    >>> f()
    0
    """
    R.n = 0
    r = R()
    xs = [r]
    k = R.n
    return k
