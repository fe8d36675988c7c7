import mimetypes
def f(n):
    """
    >>> f(3)
    0
    """
    return mimetypes.guess_type('a.html'), mimetypes.guess_extension('text/x-foo')
