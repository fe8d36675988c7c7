class M(dict):
    n = 0
    def items(self):
        M.n += 1
        return super().items()
    def __getitem__(self, k):
        M.n += 1
        return 0
def f():
    """
    >>> f()
    0
    """
    M.n = 0
    m = M(a=1)
    m['b'] = 2
    return M.n
