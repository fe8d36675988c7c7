import traceback
def f():
    """
    >>> f()
    'Traceback (most recent call last):\n  File "<string>", line 7, in f\nZeroDivisionError: division by zero\n'
    """
    try:
        1 / 0
    except ZeroDivisionError:
        t = traceback.format_exc()
    return t
