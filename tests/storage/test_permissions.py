"""The policy of the chat's role on AWS: what the chat calls, and nothing else."""

import json
import re

from tests.servers import ROOT

# Calls of the command `create-table`, which an administrator runs.
ADMINISTRATION = {"create_table", "describe_time_to_live", "update_time_to_live"}
NO_CALLS = {"close", "exceptions", "get_waiter", "meta"}


# Actions that could destroy the means to restore messages. The chat may overwrite and delete
# messages, see docs/deploy.md, so it must not be allowed these.
SAFEGUARDS = {
    "dynamodb:DeleteBackup",
    "dynamodb:DeleteTable",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
    "dynamodb:UpdateTimeToLive",
}


def test_the_role_may_do_what_the_code_calls_and_nothing_else():
    code = "".join(each.read_text() for each in (ROOT / "chat/storage/dynamodb").glob("*.py"))
    calls = set(re.findall(r"\.\w*client\.(\w+)", code)) - ADMINISTRATION - NO_CALLS
    assert len(calls) >= 4
    (statement,) = json.loads((ROOT / "deploy/policies/table.json").read_text())["Statement"]
    actions = {f"dynamodb:{call.title().replace('_', '')}" for call in calls}
    assert set(statement["Action"]) == actions
    assert statement["Resource"].endswith(":table/ChatMessages")


def test_the_role_of_the_template_is_the_same_and_reaches_no_safeguard():
    policy = json.loads((ROOT / "deploy/policies/table.json").read_text())
    (statement,) = policy["Statement"]
    template = (ROOT / "deploy/templates/common.yaml").read_text()
    section = template.split("Sid: ReadAndWriteMessages")[1].split("Resource:")[0]
    assert re.findall(r"dynamodb:\w+", section) == statement["Action"]
    assert not SAFEGUARDS & set(statement["Action"])
    assert "dynamodb:*" not in section
