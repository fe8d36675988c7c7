class Log(dict):
    def __setitem__(self, k, v):
        super().__setitem__(k, v)
class M(type):
    @classmethod
    def __prepare__(cls, name, bases):
        return Log()
    def __new__(cls, name, bases, ns):
        return super().__new__(cls, name, bases, dict(ns))
def f():
    """
    >>> f()
    2
    """
    class A(metaclass=M):
        x = 1
        y = x + 1
    return A.y
