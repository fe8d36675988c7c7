import tokenize
def f(n):
    """
    >>> f(3)
    0
    """
    try:
        with tokenize.open('/etc/passwd') as h:
            return len(h.read())
    except OSError as e:
        return type(e).__name__
