def g():
    """
    >>> it = g()
    >>> next(it)
    1
    >>> it.throw(KeyError())
    'KeyError'
    """
    try:
        yield 1
    except KeyError as error:
        found = type(error).__name__
        yield found
