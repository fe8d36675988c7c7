import asyncio
async def ag(n):
    try:
        for i in range(n):
            yield i
    finally:
        n = 0
async def main(n):
    out = []
    async for x in ag(n):
        out.append(x)
    return out
def f(n):
    """
    >>> f(3)
    [0, 1, 2]
    """
    c = main(n)
    try:
        c.send(None)
    except StopIteration as e:
        return e.value
