class D:
    def __set_name__(self, owner, name):
        self.name = name
    def __get__(self, obj, cls):
        return self.name
def f():
    """
    >>> f()
    'xy'
    """
    class A:
        x = D()
        y = D()
    return A().x + A.y
