"""The URL of the history: what it may be, and that nothing else is guessed."""

from pathlib import Path

import pytest

from chat.history import open_history
from chat.history_url import DynamoDBTable, SqliteFile, parse_history_url
from chat.settings import SettingsError


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sqlite:///instance/chat.db", SqliteFile(Path("instance/chat.db"))),
        ("sqlite:////data/chat.db", SqliteFile(Path("/data/chat.db"))),
        (
            "sqlite:////srv/Team chat (new)/über.db",
            SqliteFile(Path("/srv/Team chat (new)/über.db")),
        ),
        ("sqlite:////srv/~old/chat.db", SqliteFile(Path("/srv/~old/chat.db"))),
        ("dynamodb://Chat", DynamoDBTable("Chat", None, None)),
        (
            "dynamodb://Chat.Messages-2?region=eu-west-1&endpoint_url=http://127.0.0.1:5000",
            DynamoDBTable("Chat.Messages-2", "eu-west-1", "http://127.0.0.1:5000"),
        ),
    ],
)
def test_a_url_names_a_file_or_a_table(url, place):
    assert parse_history_url(url) == place


@pytest.mark.parametrize(
    ("url", "explanation"),
    [
        ("", "use sqlite:///PATH or dynamodb"),
        ("chat.db", "use sqlite:///PATH or dynamodb"),
        ("sqlite://", "use sqlite:///PATH or dynamodb"),
        ("sqlite:///", "use sqlite:///PATH or dynamodb"),
        ("sqlite://chat.db", "use sqlite:///PATH or dynamodb"),
        ("SQLite:///chat.db", "use sqlite:///PATH or dynamodb"),
        ("mysql://chat", "use sqlite:///PATH or dynamodb"),
        ("sqlite:///:memory:", ":memory: is not a path"),
        ("sqlite:///file:chat.db", "file:chat.db is not a path"),
        ("sqlite:///~/chat.db", "write the whole path"),
        ("sqlite:///~ann/chat.db", "write the whole path"),
        ("sqlite:///$HOME/chat.db", "no variables"),
        ("sqlite:///chat.db?mode=ro", "no options"),
        ("sqlite:///chat.db#1", "no fragments"),
        ("sqlite:///my%20chat.db", "no percent escapes"),
        ("sqlite:///chat.db\0", "characters that can't be seen"),
        ("sqlite:///chat\n.db", "characters that can't be seen"),
        ("sqlite:///chat.db ", "spaces at an end"),
        ("sqlite:////data/", "/data/ is a folder; name a file in it"),
        ("sqlite:///.", "is a folder"),
        ("sqlite:///instance/..", "is a folder"),
        ("sqlite:////data/secret-key", "name another one"),
        ("dynamodb://", "the name of a table"),
        ("dynamodb://Ch", "the name of a table"),
        ("dynamodb://Chat/Messages", "the name of a table"),
        ("dynamodb://ann:secret@Chat", "the name of a table"),
        ("dynamodb://Chat:8000", "the name of a table"),
        ("dynamodb://Chat#1", "the name of a table"),
        ("dynamodb://Chat?regoin=us-east-1", "regoin is not an option"),
        ("dynamodb://Chat?region=", "region of dynamodb:// has no value"),
        ("dynamodb://Chat?region=a&region=b", "or more than one"),
    ],
)
def test_what_a_url_cannot_mean_is_refused(url, explanation):
    with pytest.raises(SettingsError) as refusal:
        open_history(url)
    assert str(refusal.value).startswith("CHAT_HISTORY: ")
    assert explanation in str(refusal.value)
    assert "\n" not in str(refusal.value)
