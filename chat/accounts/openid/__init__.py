"""Sign-in with an OpenID provider: what the chat and the provider say to each other.

The modules that talk to the provider import packages that make each start longer. So they are
imported only if there is a provider.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chat.settings import Settings

if TYPE_CHECKING:
    from chat.accounts.openid.provider import OpenIdProvider

STALE = "This sign-in was begun elsewhere, or too long ago. Please try again."


def open_provider(
    settings: Settings,
    start: Callable[[Callable[[], None]], Any],
    sleep: Callable[[float], Any],
) -> "OpenIdProvider | None":
    """The provider that the settings name, if they name one; nothing is asked of it yet.

    Args:
        settings: Those that begin with `oidc_`, and `base_url`, `allowed`, `administrators`.
        start: Starts a function in the background.
        sleep: Waits for some seconds.
    """
    if not settings.oidc_issuer:
        return None
    from chat.accounts.openid.provider import OpenIdProvider

    return OpenIdProvider(settings, start, sleep)
