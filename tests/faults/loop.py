"""An asyncio loop in a thread of its own, so that tests read from top to bottom."""

import asyncio
import threading


class Loop:
    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine, seconds=60):
        """The result of a coroutine."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)

    def call(self, function, *args):
        """The result of a function that is called in the loop."""

        async def called():
            return function(*args)

        return self.run(called())

    def start(self, coroutine):
        """Let a coroutine run until the loop is closed."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def close(self):
        self.run(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_all():
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.05)  # time for aborted transports to close
