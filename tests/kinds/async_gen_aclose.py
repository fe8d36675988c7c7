import asyncio
async def ag(log):
    try:
        yield 1
        yield 2
    finally:
        log.append('fin')
async def main():
    log = []
    a = ag(log)
    x = await a.__anext__()
    await a.aclose()
    b = ag(log)
    y = [v async for v in b]
    return x, y, log
def f(n):
    """
    >>> f(2)
    0
    """
    return asyncio.run(main())
