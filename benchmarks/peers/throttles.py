"""16 threads, or tasks, that ask a library for turns all the time. NAME RATE GRANTS FILE; suspends itself once."""

import asyncio
import itertools
import os
import signal
import sys
import threading
import time
from pathlib import Path

name, rate, wanted, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
grants = []
numbers = itertools.count(1)


def note():
    number = next(numbers)
    if number > wanted:
        return False
    grants.append(time.monotonic())
    if number == wanted // 2:
        os.kill(os.getpid(), signal.SIGSTOP)
    return number < wanted


def in_threads(wait_for_turn):
    def ask():
        wait_for_turn()
        while note():
            wait_for_turn()

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def limits_turn(strategy):
    from limits import RateLimitItemPerSecond, storage

    limiter, limit = strategy(storage.MemoryStorage()), RateLimitItemPerSecond(rate)

    def wait_for_turn():
        while not limiter.hit(limit):
            time.sleep(0.002)

    return wait_for_turn


def pyrate_turn():
    from pyrate_limiter import Duration, Limiter, Rate

    limiter = Limiter(Rate(rate, Duration.SECOND))
    return lambda: limiter.try_acquire("send")


async def in_tasks():
    from aiolimiter import AsyncLimiter

    limiter = AsyncLimiter(rate, 1)

    async def ask():
        await limiter.acquire()
        while note():
            await limiter.acquire()

    await asyncio.gather(*(ask() for _ in range(16)))


match name:
    case "aiolimiter":
        asyncio.run(in_tasks())
    case "pyrate_limiter":
        in_threads(pyrate_turn())
    case "limits_fixed":
        from limits.strategies import FixedWindowRateLimiter

        in_threads(limits_turn(FixedWindowRateLimiter))
    case "limits_moving":
        from limits.strategies import MovingWindowRateLimiter

        in_threads(limits_turn(MovingWindowRateLimiter))

target.write_text("\n".join(map(repr, grants)))
os._exit(0)
