import logging
def f(n):
    """
    >>> f(3)
    0
    """
    log = logging.getLogger('x')
    return log.getEffectiveLevel(), log.isEnabledFor(10)
