def bad(n):
    k = n + 1
    raise ValueError
def f():
    """
    >>> f()
    2
    """
    try:
        bad(1)
    except ValueError as e:
        return e.__traceback__.tb_next.tb_frame.f_locals['k']
