def g(m):
    raise ValueError(m)
def f(n):
    """
    >>> f(2)
    0
    """
    out = []
    for m in (' ', '', '  lead', 'trail  ', ': x', '\t'):
        try:
            g(m)
        except ValueError as e:
            out.append(len(str(e)))
    return out
