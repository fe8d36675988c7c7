import asyncio


def f(n):
    """
    >>> f(3)
    'late'
    """
    async def slow():
        await asyncio.sleep(0)
        return n

    async def main():
        try:
            return await asyncio.wait_for(slow(), 0)
        except asyncio.TimeoutError:
            return 'late'
    return asyncio.run(main())
