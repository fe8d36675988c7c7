class T:
    def __init__(self):
        self._v = 0
    @property
    def v(self):
        return self._v
    @v.setter
    def v(self, n):
        self._v = n + 1
def f():
    """
    >>> f()
    4
    """
    t = T()
    t.v = 3
    return t.v
