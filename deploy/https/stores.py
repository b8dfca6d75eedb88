"""Where the state is kept: a parameter of AWS Systems Manager, or a file in a folder."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

FILE = "certificate.json"


class StoreError(Exception):
    """The store can't be read or written, and what to do about it."""


class Store(Protocol):
    """Keeps one text."""

    def read(self) -> str | None:
        """The text, or None if there is none yet; raises a `StoreError`."""

    def write(self, text: str) -> None:
        """Keep this text instead; raises a `StoreError`."""


def open_store(url: str) -> Store:
    """The store of a URL that `settings` has checked."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.scheme == "file":
        return FolderStore(Path(path))
    return ParameterStore(path, parse_qs(parts.query).get("region", [""])[0])


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, so that nobody reads a part of it; only this user may read it."""
    new = path.with_suffix(".new")
    with open(new, "w", opener=_private) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class FolderStore:
    """A file in a folder, such as that of a volume."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / FILE

    def read(self) -> str | None:
        """The text, or None if there is none yet."""
        try:
            return self._file.read_text()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StoreError(f"{self._file} can't be read ({_why(error)})") from error

    def write(self, text: str) -> None:
        """Keep this text instead."""
        try:
            write_private(self._file, text)
        except OSError as error:
            raise StoreError(
                f"{self._file} can't be written ({_why(error)}); mount a volume at {self._folder} "
                f"where user {os.getuid()} may write"
            ) from error


class ParameterStore:
    """An encrypted parameter of AWS Systems Manager."""

    def __init__(self, name: str, region: str) -> None:
        self._name = name
        self._region = region
        self._open: SSMClient | None = None

    def read(self) -> str | None:
        """The text, or None if there is none yet."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client().get_parameter(Name=self._name, WithDecryption=True)
        except (BotoCoreError, ClientError, ValueError) as error:
            if _code(error) == "ParameterNotFound":
                return None
            raise self._error("read", "ssm:GetParameter", error) from error
        return answer["Parameter"]["Value"]

    def write(self, text: str) -> None:
        """Keep this text instead. Above 4,096 characters AWS takes 5 cents a month."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client().put_parameter(
                Name=self._name,
                Value=text,
                Type="SecureString",
                Tier="Intelligent-Tiering",
                Overwrite=True,
            )
        except (BotoCoreError, ClientError, ValueError) as error:
            raise self._error("written", "ssm:PutParameter", error) from error

    def _client(self) -> "SSMClient":
        import boto3
        from botocore.config import Config

        if self._open is None:
            self._open = boto3.client(
                "ssm",
                region_name=self._region or None,
                config=Config(
                    connect_timeout=5,
                    read_timeout=10,
                    retries={"mode": "standard", "total_max_attempts": 3},
                ),
            )
        return self._open

    def _error(self, done: str, action: str, error: Exception) -> StoreError:
        what = f"the parameter {self._name} can't be {done}"
        if _code(error) in {"AccessDeniedException", "AccessDenied"}:
            return StoreError(f"{what}: allow {action} on it to the role of the task")
        return StoreError(f"{what} ({_why(error)})")


def _code(error: Exception) -> str:
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
