"""The policy of the chat's role on AWS: what the chat calls, and nothing else."""

import json
import re

from tests.servers import ROOT

# What `create-table` needs, which an administrator runs.
ADMINISTRATION = {"create_table", "describe_time_to_live", "update_time_to_live"}
NO_CALLS = {"close", "exceptions", "get_waiter", "meta"}


def test_the_role_may_do_what_the_code_calls_and_nothing_else():
    code = (ROOT / "chat/history/dynamodb.py").read_text()
    calls = set(re.findall(r"_client\.(\w+)", code)) - ADMINISTRATION - NO_CALLS
    assert len(calls) >= 4
    (statement,) = json.loads((ROOT / "deploy/policies/table.json").read_text())["Statement"]
    actions = {f"dynamodb:{call.title().replace('_', '')}" for call in calls}
    assert set(statement["Action"]) == actions
    assert statement["Resource"].endswith(":table/ChatMessages")
