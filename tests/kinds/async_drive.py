async def g(n):
    return n * 2
def f(n):
    """
    >>> f(3)
    [0, 2, 4]
    """
    async def main():
        return [await g(i) for i in range(n)]
    c = main()
    try:
        c.send(None)
    except StopIteration as e:
        return e.value
