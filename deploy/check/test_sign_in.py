"""Sign-in of the deployment: who gets an account, and with what the chat is wired to its provider."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect, sync_playwright

from deploy.check import aws, bridge, deployed
from tests.browser import chromium
from tests.browser.visitors import Visitor

PARAMETERS = f"FixedAddress=false Domain={bridge.CHAT}"
ANN = "ann.lee@example.com"


def cloud_chat(
    command: str, parameters: str = PARAMETERS, before: str = "", **variables: str
) -> tuple[int, str]:
    run = aws.shell(
        f"{before}deploy/cloud-chat {command}",
        **({"VERSION": "1", "CLOUD_CHAT_PARAMETERS": parameters} | variables),
    )
    return run.returncode, run.stdout


@pytest.fixture(scope="module")
def output(account: None) -> str:
    """That of the first deployment."""
    code, output = cloud_chat(f"deploy Administrator={ANN} Title='Our chat'")
    assert code == 0, output
    return output


def pool_and_client() -> tuple[dict, dict]:
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
    answer = requests.get(f"{aws.URL}/_ministack/ses/messages", timeout=5).json()
    sent = [each for messages in answer["messages"].values() for each in messages]
    return [each for each in sent if each["To"] == [address]]


def test_only_who_is_invited_has_an_account(output):
    pool, client = pool_and_client()
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]
    assert pool["UsernameAttributes"] == ["email"]
    assert not pool["UsernameConfiguration"]["CaseSensitive"]
    assert pool["DeletionProtection"] == "ACTIVE"
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["CallbackURLs"] == ["https://chat.example.com/sign-in/callback"]
    assert client["LogoutURLs"] == ["https://chat.example.com/"]
    domain = aws.client("cognito-idp").describe_user_pool_domain(
        Domain=f"cloud-chat-{aws.ACCOUNT}"
    )["DomainDescription"]
    assert (domain["UserPoolId"], domain["ManagedLoginVersion"]) == (pool["Id"], 2)


def test_the_chat_knows_its_provider(output):
    pool, client = pool_and_client()
    environment = deployed.environment()
    assert {name: each for name, each in environment.items() if "OIDC" in name} == {
        "CHAT_OIDC_ISSUER": f"https://{bridge.COGNITO}/{pool['Id']}",
        "CHAT_OIDC_CLIENT_ID": client["ClientId"],
        "CHAT_OIDC_NAME": "your account",
        "CHAT_OIDC_GROUPS_CLAIM": "cognito:groups",
    }
    assert environment["CHAT_ADMINISTRATORS"] == "chat-administrators"
    assert environment["CHAT_BASE_URL"] == "https://chat.example.com"
    assert deployed.secrets()["CHAT_OIDC_CLIENT_SECRET"] == client["ClientSecret"]


def test_the_first_administrator_gets_an_e_mail_that_leads_to_the_chat(output):
    state, attributes, groups = account_of(ANN)
    assert (state, groups) == ("FORCE_CHANGE_PASSWORD", ["chat-administrators"])
    assert attributes["email_verified"] == "true"
    (message,) = mail(ANN)
    assert message["Subject"] == "Your account for Our chat"
    assert 'href="https://chat.example.com"' in message["BodyHtml"]
    assert f"sign in as {ANN} " in message["BodyHtml"]
    assert f"is on its way to {ANN}" in output


def password_in(message: dict) -> str:
    return re.search("<code>(.+)</code>", message["BodyHtml"])[1]


def test_no_secret_is_shown(output):
    assert pool_and_client()[1]["ClientSecret"] not in output
    assert password_in(mail(ANN)[0]) not in output


def state() -> tuple:
    return deployed.environment(), deployed.secrets(), *pool_and_client(), account_of(ANN), mail(ANN)


def test_again_it_changes_nothing_and_sends_nothing(output):
    before = state()
    code, again = cloud_chat(f"deploy Administrator={ANN}")
    assert code == 0, again
    assert state() == before
    assert "Storing the secret" not in again
    assert "is on its way" not in again
    code, again = cloud_chat("update")
    assert code == 0, again
    assert state() == before


def test_others_are_invited_and_again_until_they_have_signed_in(output):
    ben, people = "ben@example.com", "'Ben Ōta <ben@example.com>' 'no address' cid@example.com"
    code, said = cloud_chat(f"invite {people}")
    assert code == 1
    assert "ben@example.com: invited\n" in said
    assert "no address: not an e-mail address\n" in said
    assert "cid@example.com: invited\n" in said, "after a bad address"
    assert account_of(ben)[1]["name"] == "Ben Ōta"
    assert account_of(ben)[2] == [], "no administrator"
    code, said = cloud_chat(f"invite {ben}")
    assert (code, "ben@example.com: invited again" in said, len(mail(ben))) == (0, True, 2)
    aws.client("cognito-idp").admin_set_user_password(
        UserPoolId=pool_and_client()[0]["Id"], Username=ben, Password="a long password", Permanent=True
    )
    code, said = cloud_chat(f"invite {ben.upper()}")
    assert (code, "has an account" in said, len(mail(ben))) == (0, True, 2)
    assert "50 e-mails a day" in said


@pytest.fixture(scope="module")
def bridged(output: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bridge.Bridge]:
    """The deployed chat and its provider at their public names."""
    with bridge.running(tmp_path_factory.mktemp("bridge"), deployed.PORT) as running:
        yield running


@pytest.fixture
def browser(bridged: bridge.Bridge) -> Iterator[Browser]:
    """Chromium, which trusts the authority of the check."""
    trusted = f"--ignore-certificate-errors-spki-list={bridged.fingerprint}"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[*chromium.QUIET, *chromium.as_root(), trusted],
        )
        yield started
        started.close()


@pytest.fixture
def arrive(bridged: bridge.Bridge, browser: Browser) -> Iterator[Callable[[str], Visitor]]:
    """Signs people in for the first time, with the password of their invitation."""
    with deployed.running(bridged.authority) as chat:
        visitors = []

        def sign_in(address: str) -> Visitor:
            visitor = Visitor(browser, f"https://{bridge.CHAT}", address)
            visitor.hosts.add(bridge.COGNITO)
            visitors.append(visitor)
            visitor.page.goto("/rooms/general")
            visitor.page.screenshot(path="/tmp/h/signin-page.png")
            visitor.page.get_by_role("link", name="Continue with your account").click()
            choose_a_password(visitor, address)
            return visitor

        yield sign_in
        complaints = {visitor.name: visitor.complaints for visitor in visitors}
        assert not any(complaints.values()), (complaints, chat.logs())


def choose_a_password(visitor: Visitor, address: str) -> None:
    page = visitor.page
    page.get_by_label("Username").fill(address)
    page.get_by_label("Password").fill(password_in(mail(address)[-1]))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("New password", exact=True).fill("a long password")
    page.get_by_label("Confirm new password").fill("a long password")
    page.get_by_role("button", name="Update password").click()
    visitor.wait_until_live()


def test_people_sign_in_with_the_password_of_their_e_mail_and_the_administrator_is_one(
    arrive, tmp_path
):
    assert cloud_chat("invite 'Dan Ōta <dan@example.com>'")[0] == 0
    ann, dan = arrive(ANN), arrive("dan@example.com")
    ann.page.screenshot(path="/tmp/h/signin-chat.png")
    assert ann.page.url == "https://chat.example.com/rooms/general", "where she wanted to go"
    dan.say("Hello")
    ann.sees("Hello")
    card = open_card(ann, "Dan Ōta")
    expect(card.get_by_role("button", name="Shut out…")).to_be_visible()
    ann.page.screenshot(path="/tmp/h/signin-card.png")
    card = open_card(dan, "ann.lee")
    expect(card).to_contain_text("Here now")
    expect(card.get_by_role("button", name="Shut out")).to_have_count(0)
    dan.sign_out()
    dan.page.screenshot(path="/tmp/h/signin-out.png")


def open_card(visitor: Visitor, name: str):
    visitor.page.get_by_role("complementary").get_by_role("button", name=name).click()
    return visitor.page.get_by_role("dialog", name=name)
