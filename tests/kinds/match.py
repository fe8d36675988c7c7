def f(x):
    """
    >>> f({'b': 2})
    {'b': 2, 'a': 1}
    """
    if isinstance(x, dict): 
        y = {**x, 'a': 1}
    else:
        y = [*x]
    return y
