import sys
def f():
    """
    >>> f()
    ['call']
    """
    log = []
    def t(fr, ev, arg):
        log.append(ev)
    sys.settrace(t)
    g()
    sys.settrace(None)
    return log
def g():
    return 1
