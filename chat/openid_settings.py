"""What the settings for OpenID Connect may be, each alone and together."""

from collections.abc import Mapping

from chat.addresses import is_this_machine, normal_name, normal_origin, split_host

GOOGLE = "https://accounts.google.com"
LOOPBACK = {"127.0.0.1", "[::1]"}


def check_issuer(issuer: str) -> str:
    """The issuer as it was written: the provider has to say exactly the same of itself.

    Raises:
        ValueError: It is not the URL of a provider.
    """
    if not issuer:
        return issuer
    if not issuer.isascii() or not issuer.isprintable() or " " in issuer:
        raise ValueError(f"{issuer!r} is not a URL such as https://login.example.com/realms/team")
    if any(each in issuer for each in "?#@"):
        raise ValueError("leave out what stands behind ? or #, and before @")
    if "/.well-known/" in issuer:
        raise ValueError(
            f"use the part before /.well-known/: {issuer.partition('/.well-known/')[0]}"
        )
    _require_encryption(normal_origin("/".join(issuer.split("/")[:3])))
    return issuer


def public_origin(origin: str) -> str:
    """The origin in the form in which browsers send it.

    Raises:
        ValueError: It is no origin, or one without encryption.
    """
    return _require_encryption(normal_origin(origin)) if origin else origin


def _require_encryption(origin: str) -> str:
    scheme, _, host = origin.partition("://")
    name, _port = split_host(host)
    if scheme != "https" and not (is_this_machine(name) or name in LOOPBACK):
        raise ValueError("use https; http is only for localhost")
    return origin


def check_scopes(scopes: str) -> str:
    """The scopes with single spaces between.

    Raises:
        ValueError: Without `openid` a provider doesn't say who somebody is.
    """
    names = scopes.split()
    if "openid" not in names:
        raise ValueError("has to name openid, such as in: openid profile email")
    return " ".join(names)


def check_member(member: str) -> str:
    """A domain, an address or a group; in lower case where that makes no difference.

    Raises:
        ValueError: It has an @, but is no domain or address.
    """
    local, at, domain = member.rpartition("@")
    if not at:
        return member  # the name of a group
    if "@" in local or any(each.isspace() for each in local):
        raise ValueError(f"{member!r} is not an address such as ann@example.com")
    return f"{local.lower()}@{normal_name(domain)}"


def contradiction(
    *, issuer: str, needed: Mapping[str, str], optional: Mapping[str, object]
) -> tuple[str, str] | None:
    """A setting that doesn't fit the others, and what to do about it.

    Args:
        issuer: The issuer; empty if people sign in by name.
        needed: The settings that an issuer needs, by name.
        optional: Those that mean something only with an issuer.
    """
    if not issuer:
        stray = [name for name, value in {**needed, **optional}.items() if value]
        return (stray[0], "needs CHAT_OIDC_ISSUER, too; or leave it out") if stray else None
    missing = [name for name, value in needed.items() if not value.strip()]
    if missing:
        return missing[0], "is required with CHAT_OIDC_ISSUER"
    if issuer == GOOGLE and not optional["allowed"]:
        return "allowed", "say who may sign in, such as @example.com: anybody can have an account"
    return None
