LOG = []
class Loud:
    def __hash__(self):
        LOG.append('hash')
        return 1
    def __eq__(self, other):
        LOG.append('eq')
        return False
class Odd:
    __module__ = Loud()
def f(n):
    """
    >>> f(3)
    0
    """
    odd = Odd()
    seen = len(LOG)
    return seen
