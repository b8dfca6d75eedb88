"""The settings, from the environment."""

import difflib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"

NAMES = ("NAME", "STORE", "DIRECTORY", "CONTACT", "PROFILE", "CONNECTIONS", "PER_ADDRESS")
OF_OTHERS = ("HTTPS_PROXY",)  # the proxy for requests to the internet, as other programs read it

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)+{_LABEL}")
_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")


class SettingsError(Exception):
    """What is wrong with a setting, and what to do about it."""


@dataclass(frozen=True)
class Settings:
    """What an operator has chosen.

    Attributes:
        name: The domain or the IP address that people open, as in `chat.example.com`, `192.0.2.7`,
            `2001:db8::7`.
        store: Where the certificate is kept: `ssm:///NAME?region=REGION` or `file:///FOLDER`.
        directory: The URL of the certificate authority.
        contact: An e-mail address for the authority, or "".
        profile: The kind of certificate, by its name at the authority, or "" for the usual one.
        connections: Those by HTTPS, at most.
        per_address: Those of one address, at most.
    """

    name: str
    store: str
    directory: str = LETS_ENCRYPT
    contact: str = ""
    profile: str = ""
    connections: int = 11_000  # some more than the chat's 10,000: it then says that it is full
    per_address: int = 5_500  # some more than the chat's 5,000

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The name, if it is an IP address."""
        return _address(self.name)

    @property
    def host(self) -> str:
        """The name as it is written in a URL."""
        return f"[{self.name}]" if ":" in self.name else self.name


def read(environment: Mapping[str, str]) -> Settings:
    """The settings.

    Raises:
        SettingsError: One of them is missing, wrong or unknown.
    """
    known = [f"HTTPS_{name}" for name in NAMES]
    for variable in environment:
        if variable.startswith("HTTPS_") and variable not in (*known, *OF_OTHERS):
            near = difflib.get_close_matches(variable, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"{variable} is not a setting{hint}")
    value = {name: environment.get(f"HTTPS_{name}", "").strip() for name in NAMES}
    return Settings(
        name=_name(value["NAME"]),
        store=_store(value["STORE"]),
        directory=_directory(value["DIRECTORY"] or LETS_ENCRYPT),
        contact=_contact(value["CONTACT"]),
        profile=value["PROFILE"],
        connections=_number("CONNECTIONS", value["CONNECTIONS"], Settings.connections),
        per_address=_number("PER_ADDRESS", value["PER_ADDRESS"], Settings.per_address),
    )


def _name(name: str) -> str:
    if not name:
        raise SettingsError(
            "HTTPS_NAME: is required; it is the domain or the IP address that people open"
        )
    if address := _address(name.removeprefix("[").removesuffix("]")):
        return str(address)
    domain = name.lower().removesuffix(".")
    if not _DOMAIN.fullmatch(domain) or domain.rpartition(".")[2].isdecimal():
        raise SettingsError(
            f"HTTPS_NAME: {name!r} is neither a domain such as chat.example.com nor an IP address"
        )
    return domain


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _store(store: str) -> str:
    if not re.fullmatch(r"ssm:///[^?\s]+(\?region=[a-z0-9-]+)?|file:///\S*", store):
        raise SettingsError(
            f"HTTPS_STORE: {store!r} is neither ssm:///cloud-chat/certificate?region=eu-central-1 "
            "nor file:///certificates"
        )
    return store


def _directory(directory: str) -> str:
    if not re.fullmatch(r"https://[^/\s]+/\S*", directory):
        raise SettingsError(f"HTTPS_DIRECTORY: {directory!r} is not a URL such as {LETS_ENCRYPT}")
    return directory


def _contact(contact: str) -> str:
    if contact and not _EMAIL.fullmatch(contact):
        raise SettingsError(f"HTTPS_CONTACT: {contact!r} is not an e-mail address")
    return contact


def _number(name: str, value: str, default: int) -> int:
    if not value:
        return default
    if not re.fullmatch(r"[1-9][0-9]{0,5}", value):
        raise SettingsError(f"HTTPS_{name}: use a number from 1 to 999999")
    return int(value)
