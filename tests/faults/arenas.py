"""Arenas on each kind of history."""

import uuid

from tests.faults.arena import Arena
from tests.faults.dynamodb_proxy import DynamoDBProxy


def sqlite_arena(folder, seed, **options):
    """An arena on a database in that folder."""
    arena = Arena(folder, f"sqlite:///{folder}/history/chat.db", seed=seed, **options)
    arena.database = folder / "history" / "chat.db"
    return arena


def cloud_arena(folder, endpoint, seed, **options):
    """An arena on a table of its own, with a proxy between the table and the servers."""
    table = f"Chat-{uuid.uuid4().hex}"
    arena = Arena(folder, _dynamodb(table, endpoint), seed=seed, **options)
    arena.proxy = arena.loop.run(DynamoDBProxy(endpoint).listen())
    arena.proxies.append(arena.proxy)
    arena.serve_from(_dynamodb(table, arena.proxy.url))
    return arena


def _dynamodb(table, endpoint):
    return f"dynamodb://{table}?region=us-east-1&endpoint_url={endpoint}"
