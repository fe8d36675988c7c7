class It:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n
def f():
    """
    >>> f()
    (2, [1, 0], [2, 0], [2, 1, 0])
    """
    a, *b = It(3)
    return a, b, list(map(lambda v: v * 2, It(2))), sorted(It(3), key=lambda v: -v)
