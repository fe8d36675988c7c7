import traceback, sys
def bad():
    raise ValueError('x')
def f():
    """
    >>> f()
    ([3], 3)
    """
    try:
        bad()
    except ValueError as e:
        tb = e.__traceback__
        lines = [x.lineno for x in traceback.extract_tb(tb)][1:]
        n = tb.tb_next.tb_lineno
    return lines, n
