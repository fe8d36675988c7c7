import sys
def f():
    """
    >>> f()
    ('builtins', False)
    """
    return __name__, 'f' in vars(sys.modules['__main__'])
