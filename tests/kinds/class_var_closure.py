def f(n):
    """
    >>> f(3)
    0
    """
    class A:
        n = 10
        def m(self):
            return n
        g = [n for _ in range(2)]
    return A().m(), A.g, A.n
