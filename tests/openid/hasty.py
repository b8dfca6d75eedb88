"""The entry point of a chat whose clock runs fast where it waits for the OpenID provider.

A session is checked every second instead of every four minutes, and is stale after 2.5 seconds
instead of ten minutes.
"""

from chat.accounts import provider_checks

FASTER = 240

for name in ("EVERY", "STALE_AFTER", "LOOK_EVERY"):
    setattr(provider_checks, name, getattr(provider_checks, name) / FASTER)

from wsgi import app  # noqa: E402, F401
