"""Lets AWS fail as a real account does, for one run of the script.

Each fault is a rule of a program that is first in the path. What no rule is about goes on to the
stand-in, or to nothing: `new_account` answers all that a first deployment asks for.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.check import aws
from deploy.check.places import ROOT, TOOLS

EVER = 1_000_000
DENIED = (
    "An error occurred (AccessDenied) when calling the operation: "
    "User: arn:aws:iam::123456789012:user/ann is not authorized to perform it"
)
NO_STACK = "An error occurred (ValidationError): Stack with id cloud-chat does not exist"


@dataclass
class Call:
    """A call that the script made."""

    time: float
    call: str
    arguments: list[str]


class Faults:
    """The rules, in a folder.

    Args:
        folder: An empty one.
        onward: The folder of the programs that answer what no rule is about; none by default.
    """

    def __init__(self, folder: Path, onward: Path | None = None) -> None:
        self._folder = folder
        self._onward = onward
        self._rules: list[dict[str, Any]] = []
        self._write()
        self.replace("aws")

    def replace(self, *programs: str) -> None:
        """Answer the calls of further programs, such as `docker`."""
        for program in programs:
            file = self._folder / program
            script = ROOT / "deploy/check/faulty_program.py"
            file.write_text(f'#!/bin/sh\nexec {TOOLS}/python -I {script} {program} "$@"\n')
            file.chmod(0o755)

    def answer(self, call: str, document: Any, **when: Any) -> None:
        """Answer with a document as AWS does, or with a text.

        `when` narrows the rule: `having` is a part of the arguments, `after` and `until` are other
        calls, `skip` is a number of calls, and so is `times`. The newest rule that applies counts.
        """
        self._add(call, document=document, **when)

    def refuse(self, call: str, error: str = DENIED, code: int = 254, **when: Any) -> None:
        """Let a call fail with a message."""
        self._add(call, error=f"\n{error}\n", code=code, **when)

    def _add(self, call: str, **rule: Any) -> None:
        defaults = {"having": "", "after": "", "until": "", "skip": 0, "times": EVER}
        more = {"seconds": 0, "error": "", "code": 0}
        self._rules.append({"call": call, **defaults, **more, **rule})
        self._write()

    def _write(self) -> None:
        (self._folder / "rules.json").write_text(json.dumps(self._rules))

    def environment(self, **variables: str) -> dict[str, str]:
        """The variables for `aws.shell`."""
        path = f"{self._folder}:{ROOT}/deploy/check/bin:{TOOLS}:{os.environ['PATH']}"
        ours = {"PATH": path, "FAULTS": str(self._folder), "VERSION": "1"}
        return {**ours, "FAULTS_ELSE": str(self._onward or ""), **variables}

    def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the script."""
        return aws.shell(f"deploy/cloud-chat {command}", **self.environment(**variables))

    def calls(self) -> list[Call]:
        """What was called, of all runs."""
        file = self._folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Call(*json.loads(line)) for line in lines]

    def count(self, call: str, having: str = "") -> int:
        """How often a call was made."""
        return sum(
            each.call == call and having in " ".join(each.arguments) for each in self.calls()
        )


def stack(status: str = "UPDATE_COMPLETE", **parameters: str) -> dict[str, Any]:
    """What AWS says about a stack."""
    defaults = {"ImageVersion": "1", "SignIn": "name", "InstanceType": "t3.micro"}
    more = {"InstanceImage": "ami-1", "TableName": "ChatMessages", "Https": "true"}
    outputs = {"Shape": "small", "Url": "http://127.0.0.1:1", "Address": "192.0.2.7"}
    given = {**defaults, **more, **parameters}
    return {
        "Stacks": [
            {
                "StackStatus": status,
                "Tags": [{"Key": "app", "Value": "cloud-chat"}],
                "Parameters": [
                    {"ParameterKey": key, "ParameterValue": each} for key, each in given.items()
                ],
                "Outputs": [
                    {"OutputKey": key, "OutputValue": each} for key, each in outputs.items()
                ],
            }
        ]
    }


def events(*reasons: str) -> dict[str, Any]:
    """The events of a change that has failed; the newest first, as AWS has them."""
    failed = [
        {
            "LogicalResourceId": f"Resource{index}",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": reason,
        }
        for index, reason in enumerate(reasons)
    ]
    began = {
        "LogicalResourceId": "cloud-chat",
        "ResourceStatus": "CREATE_IN_PROGRESS",
        "ResourceStatusReason": "User Initiated",
    }
    older = {**failed[0], "ResourceStatusReason": "of an older change"}
    return {"StackEvents": [*reversed(failed), began, older]}


def new_account(folder: Path) -> Faults:
    """An account in which nothing is yet, and in which all goes well."""
    made = "aws cloudformation execute-change-set"
    role = "aws iam create-service-linked-role"
    faults = Faults(folder)
    faults.replace("docker", "curl")
    faults.answer("docker", "")
    faults.refuse("curl", "")
    faults.answer("aws sts get-caller-identity", {"Account": "123456789012"})
    faults.refuse("aws cloudformation describe-stacks", NO_STACK, until=made)
    faults.answer("aws cloudformation describe-stacks", stack("CREATE_COMPLETE"), after=made)
    faults.refuse("aws cloudformation describe-stack-resource", NO_STACK)
    offered = {"InstanceTypeOfferings": [{"InstanceType": "t3.micro"}]}
    faults.answer("aws ec2 describe-instance-type-offerings", offered)
    faults.answer("aws ec2 describe-instance-types", instance_type())
    missing = "An error occurred (ParameterNotFound) when calling GetParameter"
    faults.refuse("aws ssm get-parameter", missing, until="aws ssm put-parameter")
    image = {"Parameter": {"Value": "ami-1"}}
    faults.answer("aws ssm get-parameter", image, after="aws ssm put-parameter")
    faults.answer("aws ssm get-parameter", image, having="/aws/service/")
    faults.answer("aws ssm put-parameter", {"Version": 1})
    faults.refuse("aws dynamodb describe-table", "An error occurred (ResourceNotFoundException)")
    faults.answer("aws iam list-roles", {"Roles": []}, until=role)
    linked = {"Roles": [{"RoleName": "AWSServiceRoleForECS"}]}
    faults.answer("aws iam list-roles", linked, after=role)
    faults.answer(role, {})
    faults.refuse("aws ecr describe-images", "An error occurred (RepositoryNotFoundException)")
    faults.answer(
        "aws ecr describe-images", {"imageDetails": []}, having="--output text", after=made
    )
    faults.answer("aws ecr get-login-password", "password\n")
    faults.answer("aws cloudformation describe-type", {})
    faults.answer("aws cloudformation create-change-set", {"Id": "arn:change"})
    faults.answer("aws cloudformation describe-change-set", change())
    faults.answer("aws cloudformation delete-change-set", "")
    faults.answer(made, "")
    for each in ("stack-create-complete", "stack-update-complete", "stack-delete-complete"):
        faults.answer(f"aws cloudformation wait {each}", "")
    faults.answer("aws cloudformation describe-stack-events", events("the reason of a test"))
    faults.answer("aws ecs list-container-instances", {"containerInstanceArns": ["arn:instance"]})
    faults.answer("aws ecs describe-services", {"services": []})
    faults.answer("aws ec2 describe-instances", {"Reservations": []})
    return faults


def instance_type(processors: int = 2, memory: int = 1024) -> dict[str, Any]:
    """What AWS says about a type of instance."""
    kind = {
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
        "VCpuInfo": {"DefaultVCpus": processors},
        "MemoryInfo": {"SizeInMiB": memory},
    }
    return {"InstanceTypes": [kind]}


def change(*resources: str, status: str = "CREATE_COMPLETE", reason: str = "") -> dict[str, Any]:
    """What AWS says about a change set that modifies resources."""
    changes = [
        {"ResourceChange": {"LogicalResourceId": each, "Action": "Modify"}} for each in resources
    ]
    return {"Status": status, "StatusReason": reason, "Changes": changes}


NO_CHANGE = "The submitted information didn't contain changes. Submit different information"


def running_account(folder: Path, **parameters: str) -> Faults:
    """An account in which version 1 runs, unless the parameters say otherwise."""
    faults = new_account(folder)
    faults.answer("aws cloudformation describe-stacks", stack(**parameters))
    table = {"StackResourceDetail": {"PhysicalResourceId": "ChatMessages"}}
    faults.answer("aws cloudformation describe-stack-resource", table)
    faults.answer("aws dynamodb describe-table", {"Table": {"TableStatus": "ACTIVE"}})
    key = {"Parameter": {"Value": "…"}}
    faults.answer("aws ssm get-parameter", key, having="/cloud-chat/")
    gone = "aws cloudformation delete-stack"
    faults.refuse("aws cloudformation describe-stacks", NO_STACK, after=gone)
    faults.answer(gone, "")
    faults.answer("aws ecs deregister-container-instance", {})
    faults.answer("aws dynamodb list-tables", {"TableNames": []})
    faults.answer("aws cognito-idp list-user-pools", {"UserPools": []})
    faults.answer("aws autoscaling describe-lifecycle-hooks", {"LifecycleHooks": []})
    faults.answer("aws acm list-certificates", {"CertificateSummaryList": []})
    for each in ("update-table", "delete-table", "wait table-exists", "wait table-not-exists"):
        faults.answer(f"aws dynamodb {each}", "")
    faults.answer("aws ssm delete-parameter", "")
    versions = [{"imageTags": [each], "imagePushedAt": 1} for each in ("1", "1-https")]
    faults.answer("aws ecr describe-images", {"imageDetails": versions})
    faults.answer("aws ecr describe-images", {"imageDetails": versions[:1]}, having="imageTag=")
    return faults


def last_line(run: subprocess.CompletedProcess[str]) -> str:
    """What the script says at its end."""
    return run.stdout.strip().splitlines()[-1]
