class V:
    def __init__(self, x):
        self.x = x
    def __add__(self, o):
        return V(self.x + o.x)
    def __bool__(self):
        return self.x > 2
    def __contains__(self, k):
        return k == self.x
    def __call__(self, n):
        return self.x * n
    def __format__(self, s):
        return s + '!'
def f():
    """
    >>> f()
    (6, 'a!')
    """
    v = V(1) + V(2)
    if v and 3 in v:
        return v(2), f'{v:a}'
