import sys
def f():
    """
    >>> f()
    (True, True)
    """
    fr = sys._getframe()
    return fr.f_trace is None, sys.gettrace() is None
