from importlib import machinery
def f(n):
    """
    >>> f(3)
    0
    """
    try:
        machinery.SourceFileLoader('zz', '/etc/passwd').load_module()
    except Exception as e:
        return type(e).__name__
