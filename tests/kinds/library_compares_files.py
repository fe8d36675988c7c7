import filecmp
def f(n):
    """
    >>> f(3)
    0
    """
    try:
        return filecmp.cmp('/etc/passwd', '/etc/group')
    except OSError as e:
        return str(e)
