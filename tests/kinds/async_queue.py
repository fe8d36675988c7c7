import asyncio
def f(n):
    """
    >>> f(3)
    0
    """
    async def main():
        q = asyncio.Queue()
        await q.put(n)
        x = await q.get()
        async def g():
            await q.put(5)
        t = asyncio.ensure_future(g())
        y = await q.get()
        return x + y
    return asyncio.run(main())
