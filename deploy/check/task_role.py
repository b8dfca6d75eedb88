"""A stand-in for the agent of ECS: the address from which a container gets its credentials."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deploy.check import aws

ADDRESS = "169.254.170.2"  # where the AWS SDK asks, at the path in the variable below
VARIABLE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
PATH = "/v2/credentials/7f3ac21e-task"
AWS_IN_CONTAINERS = f"http://{ADDRESS}:{aws.PORT}"


class Agent(ThreadingHTTPServer):
    """Serves the credentials of a role; `asked` counts the requests."""

    def __init__(self, role_arn: str) -> None:
        super().__init__((ADDRESS, 80), _Handler)
        self.role_arn = role_arn
        self.asked = 0


class _Handler(BaseHTTPRequestHandler):
    server: Agent

    def do_GET(self) -> None:
        if self.path != PATH:
            self.send_error(404)
            return
        self.server.asked += 1
        body = json.dumps(credentials(self.server.role_arn)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log."""


def let_the_agent_take(role: str) -> None:
    """Let the check assume the role; on AWS only ECS may."""
    iam = aws.client("iam")
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    root = {"AWS": f"arn:aws:iam::{aws.ACCOUNT}:root"}
    trust["Statement"].append({"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def credentials(role_arn: str) -> dict[str, str]:
    """The credentials of a role, in the format that the SDK expects from the agent."""
    sts = aws.client("sts")
    given = sts.assume_role(RoleArn=role_arn, RoleSessionName="task")["Credentials"]
    return {
        "RoleArn": role_arn,
        "AccessKeyId": given["AccessKeyId"],
        "SecretAccessKey": given["SecretAccessKey"],
        "Token": given["SessionToken"],
        "Expiration": given["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


@contextmanager
def agent(role_arn: str) -> Iterator[Agent]:
    """Run the agent until the end of the `with` block."""
    subprocess.run(["ip", "address", "replace", f"{ADDRESS}/32", "dev", "lo"], check=True)
    with Agent(role_arn) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
