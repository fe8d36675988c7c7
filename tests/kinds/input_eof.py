def f():
    """
    >>> f()
    'eof'
    """
    try:
        return input()
    except EOFError:
        return 'eof'
