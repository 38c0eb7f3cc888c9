"""Tells schemathesis who it is in this pass (FUZZ_AS) and lets it walk through the accounts that it makes.

As "user" it is an account of its own, and beside it the owner of whichever account its requests have made; as "admin"
an admin; as "nobody" a stranger with a CSRF token; as "service" auth, calling the service FUZZ_DOCUMENT. An account that
a test has ended or demoted is replaced, so the credentials sent are good ones whenever they are sent.
"""

import os

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.generation import GenerationMode
from schemathesis.openapi.checks import AllowHeaderMismatch, RejectedPositiveData, UnsupportedMethodResponse, UseAfterFree
from schemathesis.transport.serialization import Binary
from schemathesis.wfc.escalation import EscalatingAuthProvider

from people import Suite, service_token
from proofs import learn, operation, prove

AS = os.environ["FUZZ_AS"]
DOCUMENT = os.environ["FUZZ_DOCUMENT"]
SUITE = Suite(os.environ["FUZZ_GATEWAY"], os.environ["FUZZ_INBOX"], os.environ["FUZZ_KEEPER_PASSWORD"], DOCUMENT)
NO_ACCOUNT = "01JEVAG858D9NP6A1NMTKXPRRA"
STATES = (b"unknown, spent or has lapsed", b"is taken", b"are already used")


class Person:
    """Puts an account's credentials on a case. With own, the account that the path names goes before, or where it names
    none the one that the tested requests signed in, if known."""

    def __init__(self, role, own=False):
        self.role, self.own, self.account = role, own, None

    def get(self, case, _):
        if self.own:
            owner = SUITE.known(id=user_id(case)) if "{userId}" in case.path else SUITE.signed_in
            if owner and owner.token():
                return owner
        if not self.account or not self.account.token(self.role):
            self.account = SUITE.create(self.role)
            self.account.token()
        return self.account

    def set(self, case, account, _):
        put_csrf(case)
        if DOCUMENT == "lynx":
            case.cookies["token"] = account.access
        else:
            case.headers["Authorization"] = f"Bearer {account.access}"
        if account.refresh and DOCUMENT != "wolf":
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
        return service_token(os.environ["FUZZ_SERVICE_KEY"], "auth", DOCUMENT)

    def set(self, case, token, _):
        case.headers["Authorization"] = f"Bearer {token}"


def put_csrf(case):
    case.headers["X-CSRF-Token"] = SUITE.csrf()
    case.cookies["__Host-csrf"] = SUITE.csrf()


def user_id(case):
    return case.path_parameters.get("userId") if isinstance(case.path_parameters, dict) else None


def asking(case):
    """Gives the account that a case is about: whose id is in the path, or whose token it sends."""
    bearer = str((case.headers or {}).get("Authorization", "")).removeprefix("Bearer ")
    return SUITE.known(id=user_id(case), access=bearer or (case.cookies or {}).get("token"))


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
    if user_id(case) == SUITE.keeper.id:
        case.path_parameters["userId"] = NO_ACCOUNT
    if not case.meta:
        return
    if getattr(case.meta.phase.data, "parameter", None) == "Authorization":
        put_csrf(case)  # without a token it is left out with the rest, and asked for first
    if case.meta.generation.mode is GenerationMode.POSITIVE:
        prove(case, SUITE, asking(case))


@schemathesis.hook
def after_call(context, case, response):
    """Learns what the tested requests made and changed."""
    if response.status_code == 401 or case.method != "GET":
        SUITE.changes += 1
    if 200 <= response.status_code < 300:
        learn(case, response, SUITE, asking(case))


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Leaves out the failures that are none, each for its reason; what a setting can say is in schemathesis.toml."""
    kind, said = operation(case), response.content
    if said == b'{"error":"bad_path"}':
        # The gateway, like any ingress, refuses a path that isn't clean before there is a dialect to refuse it in.
        return False
    match failure:
        case UseAfterFree() if (case.query or {}).get("includeDeleted") == "true":
            # Who asks for deleted users is told of them: the contract's short form.
            return False
        case RejectedPositiveData() if any(words in said for words in STATES):
            # ild and lynx have 400 where others have 404 and 409: no schema says what is mailed, or taken.
            return False
        case RejectedPositiveData() if kind == "ildUpdateProfile" and b"body (wrong_format)" in said:
            # The name of a part goes into a header of it, which can't hold every character.
            return False
        case AllowHeaderMismatch() | UnsupportedMethodResponse() if case.path in ("/user/changepassword", "/user/tutorial"):
            # /user/{userId} takes these paths too: GET there looks for a user of that id.
            return False
        case AcceptedNegativeData() if isinstance(case.body, dict) and isinstance(case.body.get("profileImage"), Binary):
            # A picture is bytes, which it takes for no string when it looks at the completed request again.
            return False
        case AcceptedNegativeData() if kind == "findByAPIKey" and isinstance(case.body, dict) and case.body.get("key") is None:
            # Between services a member that is not there is empty, null too, and an empty key is nobody's.
            return False
    return True
