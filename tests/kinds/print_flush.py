def f():
    """
    >>> f()
    aé
    """
    print('a', end='')
    print('é', flush=True)
