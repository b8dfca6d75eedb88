"""Sign-in of the deployment: who gets an account, and how the chat is wired to its provider."""

import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect, sync_playwright

from deploy.check import aws, bridge, deployed
from deploy.check.accounts import account_of, mail, password_in, pool_and_client
from deploy.check.places import ROOT, TOOLS
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


def lines(output: str) -> list[str]:
    """What was said, without the headings."""
    return [each for each in output.splitlines() if each and not each.startswith("==>")]


@pytest.mark.parametrize(
    "linter",
    [
        ("cfn-lint",),
        (
            "checkov",
            "--framework",
            "cloudformation",
            "--compact",
            "--quiet",
            "--skip-download",
            "-f",
        ),
    ],
    ids=lambda linter: linter[0],
)
def test_a_linter_finds_nothing_in_the_template(linter):
    run = subprocess.run(
        [TOOLS / linter[0], *linter[1:], ROOT / "deploy/templates/sign-in.yaml"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


REFUSED = {
    "": "who may enter? Administrator=YOUR-E-MAIL-ADDRESS makes accounts",
    "SignIn=magic": "SignIn: use cognito, openid or name",
    "SignIn=cognito": "add Administrator=YOUR-E-MAIL-ADDRESS",
    "Administrator=ann": "ann is not an e-mail address",
    f"Administrator={ANN} Https=false": "SignIn=cognito needs HTTPS",
    f"Administrator={ANN} OidcIssuer=https://x.example": "leave out OidcIssuer",
    f"SignIn=name Administrator={ANN}": "with SignIn=name there are no administrators",
    "SignIn=openid": "needs OidcIssuer=https://… and OidcClientId=…",
    "SignIn=openid OidcIssuer=https://x.example": "needs OidcIssuer=https://… and OidcClientId=…",
    "SignIn=openid OidcIssuer=http://x OidcClientId=c": "http://x is not an address such as",
    "SignIn=openid OidcIssuer=https://x.invalid OidcClientId=c": "nothing answers at https://x.inva",
    "SignIn=openid OidcIssuer=https://accounts.google.com OidcClientId=c": "say who may sign in",
    f"SignIn=openid OidcIssuer=https://x OidcClientId=c Administrator={ANN}": "Administrators=",
}


@pytest.mark.parametrize("parameters", REFUSED)
def test_what_can_not_work_is_refused_in_one_line_before_anything_is_made(account, parameters):
    code, said = cloud_chat(f"deploy {parameters}")
    (line,) = lines(said)
    assert (code, REFUSED[parameters] in line) == (1, True), said
    assert aws.left() == {}


def test_a_stack_has_no_name_that_cognito_refuses(account):
    code, said = cloud_chat(f"deploy Administrator={ANN}", CLOUD_CHAT_STACK="our-aws-chat")
    (line,) = lines(said)
    assert (code, "allows neither aws, amazon nor cognito" in line) == (1, True), said


def test_accounts_that_can_not_be_made_leave_nothing_in_the_way(account):
    cognito, domain = aws.client("cognito-idp"), f"cloud-chat-{aws.ACCOUNT}"
    other = cognito.create_user_pool(PoolName="of somebody else")["UserPool"]["Id"]
    cognito.create_user_pool_domain(UserPoolId=other, Domain=domain)
    code, said = cloud_chat("deploy Administrator=eve@example.com")
    assert (code, f"Domain {domain} already exists" in said) == (1, True), said
    cognito.delete_user_pool_domain(UserPoolId=other, Domain=domain)
    cognito.delete_user_pool(UserPoolId=other)
    code, said = cloud_chat("deploy Administrator=eve@example.com")
    assert code == 0, said
    pool_and_client()  # there is one
    assert cloud_chat("take-down --with-table")[0] == 0
    assert aws.left() == {}


@pytest.fixture(scope="module")
def output(account: None) -> str:
    """That of the first deployment."""
    code, output = cloud_chat(f"deploy Administrator={ANN} Title='Our chat'")
    assert code == 0, output
    return output


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


def test_no_secret_is_shown(output):
    assert pool_and_client()[1]["ClientSecret"] not in output
    assert password_in(mail(ANN)[0]) not in output


def state() -> tuple:
    chat = deployed.environment(), deployed.secrets()
    return *chat, *pool_and_client(), account_of(ANN), mail(ANN)


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
    password = {"Password": "a long password", "Permanent": True}
    aws.client("cognito-idp").admin_set_user_password(
        UserPoolId=pool_and_client()[0]["Id"], Username=ben, **password
    )
    code, said = cloud_chat(f"invite {ben.upper()}")
    assert (code, "has an account" in said, len(mail(ben))) == (0, True, 2)
    assert "50 e-mails a day" in said
    assert cloud_chat(f"invite 'Benedict <{ben}>'")[0] == 0
    assert account_of(ben)[1]["name"] == "Benedict"


@pytest.fixture(scope="module")
def bridged(account: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bridge.Bridge]:
    """The deployed chat and its provider at their public names."""
    folder = tmp_path_factory.mktemp("bridge")
    with bridge.running(folder, deployed.PORT) as running:
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
            visitor.tolerate("favicon.ico")  # the stand-in has none
            visitors.append(visitor)
            visitor.page.goto("/rooms/general")
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
    output, arrive
):
    assert cloud_chat("invite 'Dan Ōta <dan@example.com>'")[0] == 0
    ann, dan = arrive(ANN), arrive("dan@example.com")
    assert ann.page.url == "https://chat.example.com/rooms/general", "where she wanted to go"
    dan.say("Hello")
    ann.sees("Hello")
    card = open_card(ann, "Dan Ōta")
    expect(card.get_by_role("button", name="Shut out…")).to_be_visible()
    card = open_card(dan, "ann.lee")
    expect(card).to_contain_text("Here now")
    expect(card.get_by_role("button", name="Shut out")).to_have_count(0)
    with dan.page.expect_request(f"https://{bridge.COGNITO}/logout?*"):
        dan.sign_out()
    expect(dan.page.get_by_role("link", name="Continue with your account")).to_be_visible()


def open_card(visitor: Visitor, name: str) -> Locator:
    visitor.page.get_by_role("complementary").get_by_role("button", name=name).click()
    return visitor.page.get_by_role("dialog", name=name)


def test_the_addresses_follow_the_domain(output):
    new = PARAMETERS.replace("chat.", "new.")
    assert cloud_chat("deploy", new)[0] == 0
    both = [f"https://{name}.example.com" for name in ("new", "chat")]
    assert urls() == both, "a deployment that fails goes back"
    assert deployed.environment()["CHAT_BASE_URL"] == both[0]
    assert cloud_chat("deploy", new)[0] == 0
    assert urls() == both[:1]


def urls() -> list[str]:
    client = pool_and_client()[1]
    callbacks = [each.removesuffix("/sign-in/callback") for each in client["CallbackURLs"]]
    assert client["LogoutURLs"] == [f"{each}/" for each in callbacks]
    return callbacks


def test_a_second_factor_that_was_asked_for_lasts(output):
    page = (ROOT / "docs/accounts.md").read_text()
    start = page.index("aws cloudformation deploy --stack-name cloud-chat-sign-in")
    run = aws.shell(page[start : page.index("```", start)])
    assert run.returncode == 0, run.stdout
    assert cloud_chat("update")[0] == 0
    assert pool_and_client()[0]["MfaConfiguration"] == "ON"


# As if an earlier version had made the stack.
OLDER = """aws() {
  case "$*" in
    *describe-stacks*) command aws "$@" | grep -v parameter:SignIn ;;
    *) command aws "$@" ;;
  esac
}
"""


def test_a_stack_of_an_earlier_version_may_stay_as_it_is(output):
    code, said = cloud_chat("update", before=aws.instead(OLDER))
    (line,) = lines(said)
    assert (code, "SignIn=name Https=false leaves the chat as it is" in line) == (1, True), said


@pytest.fixture
def with_provider(output, bridged):
    """Deploys with the provider of the bridge."""

    def deploy(
        parameters: str = "", issuer: str = f"https://{bridge.PROVIDER}/team", **variables: str
    ) -> tuple[int, str]:
        command = f"deploy SignIn=openid OidcIssuer={issuer} OidcClientId=chat {parameters}"
        return cloud_chat(command, CURL_CA_BUNDLE=str(bridged.authority), **variables)

    return deploy


def test_a_provider_has_to_call_itself_as_it_is_called(with_provider):
    code, said = with_provider(issuer=f"https://{bridge.PROVIDER}/other", OIDC_CLIENT_SECRET="x")
    (line,) = lines(said)
    assert (code, f"calls itself https://{bridge.PROVIDER}/team, not" in line) == (1, True), said


def test_the_secret_of_another_client_is_not_that_of_the_provider(with_provider):
    code, said = with_provider()
    assert (code, "set the variable OIDC_CLIENT_SECRET" in said) == (1, True), said


def test_another_provider_takes_the_place_of_cognito(with_provider):
    code, said = with_provider("Administrators=bosses", OIDC_CLIENT_SECRET="100% of 'it' = \\")
    assert code == 0, said
    assert "From SignIn=cognito to SignIn=openid: everybody who is in has to sign in anew" in said
    assert "https://chat.example.com/sign-in/callback" in said
    environment = deployed.environment()
    assert {name: each for name, each in environment.items() if "OIDC" in name} == {
        "CHAT_OIDC_ISSUER": f"https://{bridge.PROVIDER}/team",
        "CHAT_OIDC_CLIENT_ID": "chat",
        "CHAT_OIDC_NAME": "single sign-on",
        "CHAT_OIDC_GROUPS_CLAIM": "groups",
    }
    assert environment["CHAT_ADMINISTRATORS"] == "bosses"
    assert deployed.secrets()["CHAT_OIDC_CLIENT_SECRET"] == "100% of 'it' = \\"
    assert "100% of" not in said
    code, said = cloud_chat("invite cid@example.com")
    assert (code, "made at its provider, https://login" in said) == (1, True), said


def test_the_secret_of_the_provider_stays_until_there_is_a_new_one(with_provider):
    code, said = with_provider()
    assert (code, "Storing the secret" in said) == (0, False), said
    assert deployed.secrets()["CHAT_OIDC_CLIENT_SECRET"].startswith("100%")
    assert deployed.environment()["CHAT_ADMINISTRATORS"] == "bosses", "what was set once stays"
    code, said = with_provider(before=aws.instead(NOTICED), OIDC_CLIENT_SECRET="renewed")
    assert (code, "RESTARTED" in said) == (0, True), said
    assert deployed.secrets()["CHAT_OIDC_CLIENT_SECRET"] == "renewed"


# The stand-in runs no containers, so nothing else tells of a restart.
NOTICED = """aws() {
  case "$*" in *--force-new-deployment*) echo RESTARTED >&2 ;; esac
  command aws "$@"
}
"""


def test_accounts_outlive_the_chat_unless_they_are_to_go_too(output):
    assert cloud_chat("deploy SignIn=cognito")[0] == 0, "there is an administrator"
    before = account_of(ANN)
    assert cloud_chat("take-down")[0] == 0
    assert aws.left()["user pools"] == ["cloud-chat-sign-in"]
    code, said = cloud_chat("deploy SignIn=cognito")
    assert code == 0, said
    assert account_of(ANN) == before
    assert deployed.secrets()["CHAT_OIDC_CLIENT_SECRET"] == pool_and_client()[1]["ClientSecret"]
    for _ in range(2):  # safe to run again
        code, said = cloud_chat("take-down --with-table")
        assert code == 0, said
        assert aws.left() == {}
