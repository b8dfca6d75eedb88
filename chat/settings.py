"""Every setting of the chat, read from `CHAT_*` environment variables."""

import difflib
import os
import re
from typing import Annotated, NoReturn, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chat.addresses import listening, normal_name, normal_origin
from chat.bus_settings import BusAddress, bus_address, bus_contradiction, check_bus
from chat.openid_settings import (
    check_issuer,
    check_member,
    check_scopes,
    contradiction,
    public_origin,
)
from chat.text import check_shown

PREFIX = "CHAT_"
MIN_SECRET_KEY = 16  # characters
MIN_JOIN_CODE = 8  # characters
MIN_SOCKET_BUFFER = 524_288  # bytes; an answer has to fit, see PAGE_BYTES of chat.messages.message


class SettingsError(Exception):
    """A setting has a bad value; the message is one line that says what to change."""


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _parse_list(value: object) -> object:
    return tuple(_split(value)) if isinstance(value, str) else value


def _check_buffer(size: int) -> int:
    if 0 < size < MIN_SOCKET_BUFFER:
        raise ValueError(f"use at least {MIN_SOCKET_BUFFER:,} bytes, or 0 for no limit")
    return size


def _check_listening(address: str) -> str:
    if address:
        listening(address)
    return address


def keys_in(text: str) -> list[str]:
    """The keys in a text with one in each line; the first one signs."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def are_long_enough(keys: list[str]) -> bool:
    """Whether there is a key, and each has the characters that it needs."""
    return bool(keys) and min(map(len, keys)) >= MIN_SECRET_KEY


def _check_keys(keys: SecretStr | None) -> SecretStr | None:
    if keys and not are_long_enough(keys_in(keys.get_secret_value())):
        raise ValueError(f"each line needs {MIN_SECRET_KEY} characters at least")
    return keys


def _check_namespace(name: str) -> str:
    """What CloudWatch refuses; it would leave out the metrics without a word."""
    if not re.fullmatch(r"[A-Za-z0-9._/#:-]{1,255}", name) or name.startswith("AWS/"):
        raise ValueError(f"{name!r} is not a name such as CloudChat/team")
    return name


def _check_code(code: SecretStr | None) -> SecretStr | None:
    if code and code.get_secret_value() != code.get_secret_value().strip():
        raise ValueError("leave out the spaces around it; what people type has none")
    return code


Members = Annotated[
    tuple[Annotated[str, AfterValidator(check_member)], ...],
    NoDecode,
    BeforeValidator(_parse_list),
]


class Settings(BaseSettings):
    """The settings, in the order in which the README lists them; `0` switches a limit off."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    title: Annotated[str, AfterValidator(check_shown)] = Field(
        "Cloud Chat", min_length=1, max_length=80, description="name of the chat"
    )
    rooms: str = Field(
        "General,Tech,Random",
        description="titles of the rooms, with commas between; ids are the titles in lower case. "
        "A colon begins a topic, and what has commas in it stands in quotation marks: "
        '`Tech: What we build,"Random: Lunch, cats, weather"`',
    )
    history: str = Field(
        "sqlite:///instance/chat.db",
        description="where messages are kept, [as a URL](#where-messages-are-kept)",
    )
    bus: Annotated[str, AfterValidator(check_bus)] = Field(
        "",
        description="the Valkey or Redis server that joins several containers into one chat, "
        "[as a URL](docs/scaling.md)",
        repr=False,  # it may have a password
    )
    bus_password: SecretStr = Field(
        SecretStr(""), description="the password for it, if it isn't in the URL"
    )
    secret_key: Annotated[SecretStr | None, AfterValidator(_check_keys)] = Field(
        None,
        min_length=MIN_SECRET_KEY,
        description="signs the session cookies; has to be set with `dynamodb://`, "
        "otherwise it is made once and kept beside the database. Further lines are older keys, "
        "whose [sessions go on](docs/operate.md#rotate-the-secret)",
    )
    join_code: Annotated[SecretStr | None, AfterValidator(_check_code)] = Field(
        None,
        min_length=MIN_JOIN_CODE,
        description="newcomers have to type it when they sign in; none without the setting",
    )
    message_length: int = Field(4000, ge=0, le=100_000, description="longest message (characters)")
    page_size: int = Field(50, ge=1, le=100, description="messages in a page of history")
    retention_days: int = Field(
        0, ge=0, le=36_500, description="messages are deleted after this time (days)"
    )
    send_rate: int = Field(
        20, ge=0, description="messages per user, and ten times as many per address (in 10 seconds)"
    )
    event_rate: int = Field(
        200, ge=0, description="other events per user, and new connections per user (in 10 seconds)"
    )
    sign_in_rate: int = Field(
        60,
        ge=0,
        description="sign-ins per address, and fifty times as many requests for pages, "
        "3000 at least (in a minute)",
    )
    sockets_per_user: int = Field(20, ge=0, description="connections of one user")
    sockets_per_address: int = Field(5_000, ge=0, description="connections of one address")
    sockets: int = Field(10_000, ge=0, description="connections of the process")
    socket_buffer: Annotated[int, AfterValidator(_check_buffer)] = Field(
        1_048_576,
        ge=0,
        description="data that waits for a slow reader until it is disconnected (bytes)",
    )
    hosts: Annotated[
        tuple[Annotated[str, AfterValidator(normal_name)], ...],
        NoDecode,
        BeforeValidator(_parse_list),
    ] = Field(
        (),
        description="host names under which the chat is served, with commas between; "
        "`localhost` and IP addresses need not be listed",
    )
    origins: Annotated[
        tuple[Annotated[str, AfterValidator(normal_origin)], ...],
        NoDecode,
        BeforeValidator(_parse_list),
    ] = Field(
        (),
        description="other origins whose pages may connect, with commas between; they have to be "
        "of the same site, such as another port or subdomain: to others browsers don't send the "
        "session cookie",
    )
    proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="reverse proxies in front whose `X-Forwarded-For` and `X-Forwarded-Proto` "
        "count; they have to pass on the `Host`",
    )
    metrics: Annotated[str, AfterValidator(_check_listening)] = Field(
        "",
        description="where Prometheus reads [the metrics](docs/operate.md#metrics), such as "
        "`127.0.0.1:9100`; nobody else should reach it",
    )
    metrics_log: int = Field(
        0,
        ge=0,
        le=3600,
        description="time from one line with the metrics in the log to the next, for CloudWatch; "
        "`0` is none (seconds)",
    )
    metrics_namespace: Annotated[str, AfterValidator(_check_namespace)] = Field(
        "CloudChat",
        description="what CloudWatch calls the metrics of this chat; several chats in one account "
        "and region need several names",
    )
    oidc_issuer: Annotated[str, AfterValidator(check_issuer)] = Field(
        "",
        description="the OpenID provider with which people sign in, "
        "[instead of by name](docs/accounts.md)",
    )
    oidc_name: Annotated[str, AfterValidator(check_shown)] = Field(
        "single sign-on", max_length=40, description="what people call the provider"
    )
    oidc_client_id: str = Field("", description="what the provider calls this chat")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="proves to the provider that this is the chat"
    )
    base_url: Annotated[str, AfterValidator(public_origin)] = Field(
        "",
        description="where browsers reach the chat, such as `https://chat.example.com`; "
        "the provider sends people back there",
    )
    oidc_scopes: Annotated[str, AfterValidator(check_scopes)] = Field(
        "openid profile email", description="what the provider is asked for, with spaces between"
    )
    oidc_name_claim: str = Field(
        "name", min_length=1, description="where the provider's tokens have people's names"
    )
    oidc_groups_claim: str = Field(
        "groups", min_length=1, description="where the provider's tokens have people's groups"
    )
    allowed: Members = Field(
        (),
        description="who may sign in with the provider, with commas between: `@example.com` is all "
        "verified e-mail addresses there, `ann@example.com` one, all else the name of a group; "
        "without it, everybody whom the provider lets in",
    )
    administrators: Members = Field(
        (), description="who of them are administrators, in the same form"
    )

    @property
    def bus_server(self) -> BusAddress:
        """The server of the bus; only if there is one."""
        return bus_address(self.bus, self.bus_password.get_secret_value())

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if problem := contradiction(
            issuer=self.oidc_issuer,
            needed={
                "oidc_client_id": self.oidc_client_id,
                "oidc_client_secret": self.oidc_client_secret.get_secret_value(),
                "base_url": self.base_url,
            },
            optional={name: getattr(self, name) for name in ("allowed", "administrators")},
        ):
            name, advice = problem
            raise ValueError(f"{PREFIX}{name.upper()}: {advice}")
        if advice := bus_contradiction(self.bus, self.bus_password.get_secret_value()):
            raise ValueError(f"{PREFIX}BUS_PASSWORD: {advice}")
        return self


def load_settings() -> Settings:
    """The settings from the environment.

    Raises:
        SettingsError: The first variable that is unknown or has a bad value.
    """
    _refuse_unknown_variables()
    _refuse_stray_bytes()
    try:
        return Settings()
    except ValidationError as error:
        _explain(error)


def _refuse_unknown_variables() -> None:
    """A misspelt variable would silently leave its setting at the default."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise SettingsError(f"{name} is not a setting{hint}")


def _refuse_stray_bytes() -> None:
    """Bytes that are not UTF-8 would become lone surrogates, which no page or answer can have."""
    for name, value in os.environ.items():
        if name.startswith(PREFIX) and value != value.encode(errors="replace").decode():
            raise SettingsError(f"{name}: has bytes that are not UTF-8; write it in that encoding")


# What to do about pydantic's errors, by their type.
ADVICE = {
    "int_parsing": "use a whole number",
    "greater_than_equal": "use at least {ge}",
    "less_than_equal": "use at most {le}",
    "string_too_short": "it may not be empty",
    "string_too_long": "use at most {max_length} characters",
    "too_short": "it is too short; use at least {min_length}",
}


def _explain(error: ValidationError) -> NoReturn:
    first = error.errors(include_url=False, include_input=False)[0]
    advice = ADVICE.get(first["type"])
    what = advice.format(**first.get("ctx", {})) if advice else first["msg"]
    what = what.removeprefix("Value error, ")
    if first["loc"]:  # none if settings don't fit together; then the text begins with a name
        what = f"{PREFIX}{str(first['loc'][0]).upper()}: {what}"
    raise SettingsError(what) from None
