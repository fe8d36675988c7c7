import enum
class E(enum.Enum):
    A = 1
    B = 2
    def up(self):
        return E(self.value + 1)
def f():
    """
    >>> f()
    'B'
    """
    return E.A.up().name
