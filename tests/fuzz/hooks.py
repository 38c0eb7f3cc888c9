"""Tells schemathesis who it is in this pass (FUZZ_AS) and lets it walk through the accounts that it makes.

As "user" it is an account of its own, and beside it the owner of whichever account its requests have made; as "admin"
an admin; as "nobody" a stranger with a CSRF token; as "service" auth, calling the service FUZZ_CALLEE. An account that
a test has ended or demoted is replaced, so the credentials sent are good ones whenever they are sent.
"""

import os

import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.openapi.checks import UseAfterFree
from schemathesis.wfc.escalation import EscalatingAuthProvider

from people import Suite, service_token

AS = os.environ["FUZZ_AS"]
SUITE = Suite(os.environ["FUZZ_GATEWAY"], os.environ["FUZZ_INBOX"], os.environ["FUZZ_KEEPER_PASSWORD"])
MAIL_DATA = {
    "username": "ada", "email": "a***@example.com", "token": "none", "link": "https://accounts.example.com/verify",
    "at": "2026-01-02T03:04:05Z", "expires": "2036-01-02T03:04:05Z", "left": "5",
}
NO_ACCOUNT = "01JEVAG858D9NP6A1NMTKXPRRA"


class Person:
    """Puts an account's credentials on a case. With own, the account that the path names goes before, if known."""

    def __init__(self, role, own=False):
        self.role, self.own, self.account = role, own, None

    def get(self, case, _):
        path = case.path_parameters if isinstance(case.path_parameters, dict) else {}
        owner = SUITE.made.get(path.get("userId")) if self.own else None
        if owner and owner.token():
            return owner
        if not self.account or not self.account.token(self.role):
            self.account = SUITE.create(self.role)
            self.account.token()
        return self.account

    def set(self, case, account, _):
        put_csrf(case)
        case.headers["Authorization"] = f"Bearer {account.access}"
        if account.refresh:
            case.cookies["refreshToken"] = account.refresh


class Nobody:
    """Puts only the CSRF token on a case."""

    def get(self, *_):
        return SUITE

    def set(self, case, *_):
        put_csrf(case)


class Service:
    """Puts a service token on a case."""

    def get(self, *_):
        return service_token(os.environ["FUZZ_SERVICE_KEY"], "auth", os.environ["FUZZ_CALLEE"])

    def set(self, case, token, _):
        case.headers["Authorization"] = f"Bearer {token}"


def put_csrf(case):
    case.headers["X-CSRF-Token"] = SUITE.csrf()
    case.cookies["__Host-csrf"] = SUITE.csrf()


@schemathesis.hook
def after_load_schema(context, schema):
    match AS:
        case "user":
            # object_level_authorization reads a user's things again as its peer. Only this class knows of peers, and the
            # configuration's way to it can't sign in again when a test has ended the session.
            people = [Person("standard", own=True), Person("standard")]
            provider = EscalatingAuthProvider(people, ["user", "peer"], peers=("user", "peer"), pinned="user")
        case "admin":
            provider = Person("admin")
        case "service":
            provider = Service()
        case _:
            provider = Nobody()
    schema.auth.providers.append(provider)


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.path_parameters if isinstance(case.path_parameters, dict) else {}
    if path.get("userId", "") == SUITE.keeper.id:
        path["userId"] = NO_ACCOUNT
    if not case.meta:
        return
    if getattr(case.meta.phase.data, "parameter", None) == "Authorization":
        put_csrf(case)  # without a token it is left out with the rest, and asked for first
    if case.meta.generation.mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
        prove(case, SUITE.made.get(path.get("userId")))


def prove(case, account):
    """Puts what nobody guesses into a request: passwords, codes and mailed tokens."""
    body = case.body
    match operation(case):
        case "createUser":
            body["username"] = SUITE.fresh(body["username"])
            if body.get("email"):
                body["email"] = SUITE.fresh(body["email"])
        case "login":
            known = (a for a in SUITE.made.values() if a.username == body.get("username"))
            if account := next(known, None):
                body["password"] = account.password or ""
                if account.secret:
                    body["token"] = account.code()
        case "changePassword" if account:
            body["password"] = account.password or ""
        case "verifyEmail" | "resetPassword" | "verifyForm" | "resetForm":
            body["token"] = SUITE.mailed_token() or body.get("token", "")
        case "signIn" | "codeSignIn" | "secondFactor" as kind:
            known = SUITE.stranger()
            if kind != "secondFactor" or "login" in body:
                body["login"] = {"username": known.username}  # either it or an email, which the schema doesn't say
            if kind == "signIn":
                body["password"] = known.password
        case "account" | "confirmEmail" | "disownEmail" | "undoEmailChange":
            body["id"] = SUITE.stranger().id
        case "send":
            body["data"] |= MAIL_DATA
    if account and account.secret and "token" in body:
        body["token"] = account.code()
    for name, value in body.items():
        if isinstance(value, float) and value.is_integer():
            body[name] = int(value)  # 1.0 is an integer to JSON Schema, and not how one is written to the services


def operation(case):
    return case.operation.definition.raw.get("operationId")


@schemathesis.hook
def after_call(context, case, response):
    """Learns what the tested requests made and changed."""
    if response.status_code == 401 or case.method != "GET":
        SUITE.changes += 1
    if not 200 <= response.status_code < 300 or AS == "service":
        return
    account = SUITE.made.get((case.path_parameters or {}).get("userId"))
    data = response.json().get("data") if "json" in response.headers["content-type"][0] else None
    match operation(case):
        case "createUser":
            account = SUITE.learn(data["id"], data["username"], case.body.get("password"))
            if "otpauth" in data:
                account.enrol(data["otpauth"])
        case "enrolAuthenticator" if account:
            account.enrol(data["otpauthUrl"])
        case "removeAuthenticator" if account:
            account.secret = None
        case "updateUser" if account:
            account.username = data["username"]
        case "changePassword" if account:
            account.password = case.body["newPassword"]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Leaves out the failures that are none, each for its reason; what a setting can say is in schemathesis.toml."""
    if response.content == b'{"error":"bad_path"}':
        # The gateway, like any ingress, refuses a path that isn't clean before there is a dialect to refuse it in.
        return False
    if isinstance(failure, UseAfterFree) and (case.query or {}).get("includeDeleted") == "true":
        # Who asks for deleted users is told of them: the contract's short form.
        return False
    return True
