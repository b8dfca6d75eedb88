"""The URL of the history: what it may be, and that nothing else is guessed."""

from pathlib import Path

import pytest

from chat.settings import SettingsError
from chat.storage import folder, open_history
from chat.storage.dynamodb.url import Table, table_of
from chat.storage.sqlite.url import path_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///instance/chat.db", "instance/chat.db"),
        ("sqlite:////data/chat.db", "/data/chat.db"),
        ("sqlite:////srv/Team chat (new)/über.db", "/srv/Team chat (new)/über.db"),
        ("sqlite:////srv/~old/chat.db", "/srv/~old/chat.db"),
    ],
)
def test_a_url_names_a_file(url, path):
    assert path_of(url) == Path(path)
    assert folder(url) == Path(path).parent


@pytest.mark.parametrize(
    ("url", "table"),
    [
        ("dynamodb://Chat", Table("Chat", None, None)),
        (
            "dynamodb://Chat.Messages-2?region=eu-west-1&endpoint_url=http://127.0.0.1:5000",
            Table("Chat.Messages-2", "eu-west-1", "http://127.0.0.1:5000"),
        ),
    ],
)
def test_a_url_names_a_table(url, table):
    assert table_of(url) == table
    assert folder(url) is None


@pytest.mark.parametrize(
    ("url", "explanation"),
    [
        ("", "use dynamodb://TABLE?region=REGION or sqlite:///PATH"),
        ("chat.db", "use dynamodb://TABLE?region=REGION or sqlite:///PATH"),
        ("sqlite://", "use sqlite:///PATH"),
        ("sqlite:///", "use sqlite:///PATH"),
        ("sqlite://chat.db", "use sqlite:///PATH"),
        ("SQLite:///chat.db", "use dynamodb://TABLE?region=REGION or sqlite:///PATH"),
        ("mysql://chat", "use dynamodb://TABLE?region=REGION or sqlite:///PATH"),
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
    for use in (open_history, folder):
        with pytest.raises(SettingsError) as refusal:
            use(url)
        assert str(refusal.value).startswith("CHAT_HISTORY: ")
        assert explanation in str(refusal.value)
        assert "\n" not in str(refusal.value)
