#!/usr/bin/env python
"""Runs Firefox for Playwright, which starts this as if it was the browser.

Playwright 1.65 begins every context with a command that Firefox 153 doesn't know yet. So this is a
proxy between the two that answers that command itself.
"""

import asyncio
import json
import os
import re
import sys

from aiohttp import ClientSession, web

UNKNOWN = "emulation.setMediaFeaturesOverride"
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


async def main():
    firefox = await asyncio.create_subprocess_exec(
        os.environ["FIREFOX"], *sys.argv[1:], stderr=asyncio.subprocess.PIPE
    )
    async for line in firefox.stderr:
        text = line.decode(errors="replace")
        if listening := LISTENING.search(text):
            text = text.replace(listening[1], await bridge_to(listening[1]))
        sys.stderr.write(text)
        sys.stderr.flush()
    await firefox.wait()


async def bridge_to(url):
    """Start a proxy to `url`; returns the address for Playwright."""

    async def connect(request):
        playwright = web.WebSocketResponse(max_msg_size=0)
        await playwright.prepare(request)
        async with (
            ClientSession() as session,
            session.ws_connect(url + request.path, max_msg_size=0) as firefox,
        ):
            back = asyncio.create_task(carry_to_playwright(firefox, playwright))
            await carry_to_firefox(playwright, firefox)
            back.cancel()
        return playwright

    app = web.Application()
    app.router.add_get("/session", connect)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    return f"ws://{host}:{port}"


async def carry_to_firefox(playwright, firefox):
    async for message in playwright:
        command = json.loads(message.data)
        if command["method"] == UNKNOWN:
            await playwright.send_json({"type": "success", "id": command["id"], "result": {}})
        else:
            await firefox.send_str(message.data)


async def carry_to_playwright(firefox, playwright):
    async for message in firefox:
        await playwright.send_str(message.data)


asyncio.run(main())
