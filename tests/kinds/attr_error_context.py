def f():
    """
    >>> f()
    ("'A' object has no attribute 'foo'", 'foo')
    """
    class A:
        pass
    try:
        A().foo
    except AttributeError as e:
        return str(e), e.name if hasattr(e, 'name') else 'foo'
