from functools import lru_cache
@lru_cache(None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def f():
    """
    >>> f()
    (55, 8)
    """
    return fib(10), fib.cache_info().hits
