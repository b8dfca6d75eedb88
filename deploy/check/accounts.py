"""The accounts in the stand-in's Cognito, and the e-mails that it would send."""

import re

import requests

from deploy.check import aws


def pool_and_client() -> tuple[dict, dict]:
    """The user pool, and the client in it that is the chat."""
    client = aws.client("cognito-idp")
    (pool,) = client.list_user_pools(MaxResults=60)["UserPools"]
    (ours,) = client.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    described = client.describe_user_pool_client(UserPoolId=pool["Id"], ClientId=ours["ClientId"])
    pool = client.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]
    return pool, described["UserPoolClient"]


def account_of(address: str) -> tuple[str, dict[str, str], list[str]]:
    """The state, the attributes and the groups of an account."""
    client, pool = aws.client("cognito-idp"), pool_and_client()[0]["Id"]
    user = client.admin_get_user(UserPoolId=pool, Username=address)
    groups = client.admin_list_groups_for_user(UserPoolId=pool, Username=address)["Groups"]
    attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
    return user["UserStatus"], attributes, [each["GroupName"] for each in groups]


def mail(address: str) -> list[dict]:
    """The e-mails to somebody, the oldest first."""
    answer = requests.get(f"{aws.URL}/_ministack/ses/messages", timeout=5).json()
    sent = [each for messages in answer["messages"].values() for each in messages]
    return [each for each in sent if each["To"] == [address]]


def password_in(message: dict) -> str:
    """The temporary password in an invitation."""
    return re.search("<code>(.+)</code>", message["BodyHtml"])[1]
