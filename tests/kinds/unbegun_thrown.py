def numbers(n):
    for i in range(n):
        yield i


def f(n):
    """
    >>> f(2)
    ['gone', 0, 1]
    """
    out = []
    g = numbers(n)
    try:
        g.throw(ValueError(n))
    except ValueError:
        out.append('gone')
    out.extend(numbers(n))
    return out
