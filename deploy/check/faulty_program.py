"""A program that answers as its rules say: first in the path in place of `aws`, `docker` or `curl`.

`aws_faults.py` writes the rules. What prints nothing imports no package, because the program starts
a hundred times in a test.
"""

import fcntl
import io
import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["FAULTS"])


def main(program: str, arguments: list[str]) -> int:
    """Answer a call; returns the exit code."""
    call = " ".join([program, *_words(program, arguments)])
    with (FOLDER / "calls").open("a") as log:
        fcntl.flock(log, fcntl.LOCK_EX)  # the programs of a pipe run at the same time
        log.write(json.dumps([time.time(), call, arguments]) + "\n")
        state = _state()
        rule = _find_rule(call, " ".join(map(_content, arguments)), state)
        state["seen"].append(call)
        (FOLDER / "state.json").write_text(json.dumps(state))
    if rule is None:
        return _pass_on(call, program, arguments)
    if "--password-stdin" in arguments:
        sys.stdin.read()
    time.sleep(rule["seconds"])
    sys.stderr.write(rule["error"])
    if "document" in rule:
        _print(rule["document"], arguments)
    return rule["code"]


def _content(argument: str) -> str:
    """An argument, or the content of the file that it names."""
    return Path(argument[7:]).read_text() if argument.startswith("file://") else argument


def _words(program: str, arguments: list[str]) -> list[str]:
    """The service and the operation of a call of AWS."""
    if program != "aws":
        return []
    words = [each for each in arguments if not each.startswith("--")]
    return words[: 3 if words[1:2] == ["wait"] else 2]


def _state() -> dict[str, Any]:
    file = FOLDER / "state.json"
    return json.loads(file.read_text()) if file.exists() else {"seen": [], "matched": {}}


def _find_rule(call: str, arguments: str, state: dict[str, Any]) -> dict[str, Any] | None:
    """The newest rule that applies to a call."""
    rules = json.loads((FOLDER / "rules.json").read_text())
    for index, rule in reversed(list(enumerate(rules))):
        if rule["call"] != call or rule["having"] not in arguments:
            continue
        if rule["after"] and rule["after"] not in state["seen"]:
            continue
        if rule["until"] and rule["until"] in state["seen"]:
            continue
        matched = state["matched"][str(index)] = state["matched"].get(str(index), 0) + 1
        if rule["skip"] < matched <= rule["skip"] + rule["times"]:
            return rule
    return None


def _pass_on(call: str, program: str, arguments: list[str]) -> int:
    onward = os.environ.get("FAULTS_ELSE", "")
    if onward:
        os.execv(f"{onward}/{program}", [program, *arguments])
    sys.stderr.write(f"the test has no answer to: {call} {arguments}\n")
    return 99


def _print(document: Any, arguments: list[str]) -> None:
    if isinstance(document, str):
        sys.stdout.write(document)
        return
    import jmespath
    from awscli.text import format_text

    options = dict(pairwise(arguments))
    if "--query" in options:
        document = jmespath.search(options["--query"], document)
    if options.get("--output") == "text":
        text = io.StringIO()
        format_text(document, text)
        sys.stdout.write(text.getvalue())
    else:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
