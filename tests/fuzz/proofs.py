"""What nobody guesses, put into the requests that are to go through, and what their answers tell of the accounts."""

import random

from schemathesis.core.file_samples import MEDIA_TYPE_FILE_SAMPLES
from schemathesis.transport.serialization import Binary

MAIL_DATA = {
    "username": "ada", "email": "a***@example.com", "token": "none", "link": "https://accounts.example.com/verify",
    "at": "2026-01-02T03:04:05Z", "expires": "2036-01-02T03:04:05Z", "left": "5",
}


def operation(case):
    return case.operation.definition.raw.get("operationId")


def prove(case, suite, account):
    """Completes a request of account's, None where nobody is known to ask."""
    body, path = case.body if isinstance(case.body, dict) else {}, case.path_parameters
    prove_a_new_password(operation(case), body)
    match operation(case):
        case "createUser" | "nerdcultRegister" | "ildRegister" | "wolfRegister" | "lynxRegister" | "create" | "prepare":
            for name in ("username", "email"):
                if body.get(name):
                    body[name] = suite.fresh(body[name])
            if "locale" in body:
                body["locale"] = "de"  # a tag as auth makes it of what a browser says; the mailer takes no other
        case "login" | "lynxLogin" | "nerdcultAuthenticate" | "ildLogin" | "wolfLogin":
            prove_sign_in(body, suite.known(username=body.get("username"), email=body.get("email")))
        case "verifyEmail" | "resetPassword" | "verifyForm" | "resetForm" | "nerdcultVerify" | "ildVerify" if "token" in body:
            body["token"] = suite.mailed_token() or body["token"]
        case "ildResetByToken":
            path["token"] = suite.mailed_token() or path["token"]
        case "nerdcultEndToken" if account and "." not in body["token"]:
            body["token"] = account.access or ""
        case "wolfTwoFactor":
            if account := suite.known(challenge=body["token"]):
                body["code"] = account.code()
        case "wolfRefresh" if account and not suite.known(refresh=body["refresh_token"]):
            body["refresh_token"] = account.refresh or ""
        case "lynxRecover" if account := suite.known(backup=body["backupCode"]):
            body |= {"username": account.username, "password": account.password}
        case "lynxEmail" | "lynxUsername" if account:
            name = "newEmail" if "newEmail" in body else "newUsername"
            body |= {"password": account.password or "", name: suite.fresh(body[name])}
            prove_code(body, "token", account)
        case "ildUpdateProfile" if isinstance(body.get("profileImage"), Binary):
            kind = random.choice(list(MEDIA_TYPE_FILE_SAMPLES))
            body["profileImage"] = Binary(MEDIA_TYPE_FILE_SAMPLES[kind])
            case.multipart_content_types = {"profileImage": kind}
        case "ildSubscription" if not "1971" < body["startsAt"] < body["expiresAt"] < "9999":
            body |= {"startsAt": "1999-12-31T23:59:59Z", "expiresAt": "2050-02-28T00:00:00.5+01:00"}
        case "changePassword" | "lynxPassword" if account:
            body["password"] = account.password or ""
            prove_code(body, "token", account)
        case "ildChangePassword" if account:
            body["currentPassword"] = account.password or ""
            prove_code(body, "code", account)
        case "send":
            body["data"] |= MAIL_DATA
        case kind if kind in TO_USERS:
            prove_to_users(kind, body, suite)
        case _ if account:
            prove_code(body, "token", account)
    for name, value in body.items():
        if isinstance(value, float) and value.is_integer():
            body[name] = int(value)  # 1.0 is an integer to JSON Schema, and not how one is written to the services


def prove_code(body, name, account):
    if account.secret and name in body:
        body[name] = account.code()


def prove_sign_in(body, account):
    if account:
        body["password"] = account.password or ""
        if account.secret:
            body[next((name for name in ("token", "code") if name in body), "token")] = account.code()


# A new password is one that is not among those that are tried first, which a schema can't say.
NEW_PASSWORDS = {
    "createUser": "password", "nerdcultRegister": "password", "ildRegister": "password", "wolfRegister": "password",
    "lynxRegister": "password", "create": "password", "prepare": "password", "resetPassword": "password",
    "resetForm": "password", "ildResetByToken": "password", "changePassword": "newPassword",
    "ildChangePassword": "newPassword", "lynxPassword": "newPassword", "change": "newPassword",
}


def prove_a_new_password(kind, body):
    name = NEW_PASSWORDS.get(kind)
    if isinstance(body.get(name), str) and len(body[name]) < 32 and body[name].isalnum():
        body[name] += " of mine"


# What auth asks of users, and where the request says of which account.
TO_USERS = {
    "signIn", "codeSignIn", "secondFactor", "account", "profile", "confirmEmail", "disownEmail", "undoEmailChange",
    "change", "showAPIKey", "replaceAPIKey", "enrol", "confirmFactor", "removeFactor", "deleteAccount", "recover",
}


def prove_to_users(kind, body, suite):
    """Has a request between services name an account that exists, and know what its owner knows."""
    actor, login = body.get("actor", {}), body.get("login", {})
    account = suite.known(
        id=actor.get("account") or body.get("account") or body.get("id"), username=login.get("username"),
        backup=body.get("code") if kind == "recover" else None,
    ) or suite.stranger()
    if "actor" in body:
        body["actor"] = {"account": account.id, "session": ""}
    if "id" in body:
        body["id"] = account.id
    if kind == "secondFactor":
        body["account"] = account.id
    if "login" in body:
        body["login"] = {"username": account.username}  # either it or an email, which the schema doesn't say
    if "password" in body:
        body["password"] = account.password or ""
    if kind != "recover":
        prove_code(body, "code", account)


def learn(case, response, suite, account):
    """Notes what an answered request made or changed, the account being the one that asked."""
    body = case.body if isinstance(case.body, dict) else {}
    said = response.json() if "json" in response.headers["content-type"][0] else None
    match operation(case):
        case "createUser":
            data = said["data"]
            account = suite.learn(data["username"], body.get("email"), body.get("password"), data["id"])
            if "otpauth" in data:
                account.enrol(data["otpauth"])
        case "ildRegister" | "create":
            suite.learn(said["username"], said["email"], body["password"], said["id"])
        case "nerdcultRegister" | "lynxRegister":
            suite.learn(body["username"], body["email"], body["password"])
        case "wolfRegister":
            suite.learn(body["username"], body["email"], body["password"])
            suite.confirm_newest()  # the dialect has no route for it, it leaves it to the page
        case "login" | "lynxLogin" | "nerdcultAuthenticate" | "ildLogin" | "wolfLogin":
            if account := suite.known(username=body.get("username"), email=body.get("email")):
                account.take(response)
                suite.signed_in = account
        case "wolfTwoFactor":
            if account := suite.known(challenge=body["token"]):
                account.take(response)
                suite.signed_in = account
        case "lynxRecover":
            if account := suite.known(backup=body["backupCode"]):
                account.take(response)
                account.secret = account.backup = None
                suite.signed_in = account
        case "ildRefresh" | "ildRefreshByPost" if account:
            account.take(response)
        case "wolfRefresh":
            if account := suite.known(refresh=body["refresh_token"]):
                account.take(response)
        case "enrolAuthenticator" if account:
            account.enrol(said["data"]["otpauthUrl"])
        case "lynxEnrol" if account:
            account.enrol(said["result"]["uri"])
        case "lynxEnable" if account:
            account.backup = said["result"]["backupCodes"][0]
        case "removeAuthenticator" | "lynxDisable" if account:
            account.secret = account.backup = None
        case "updateUser" if account:
            account.username, account.email = said["data"]["username"], body.get("email", account.email)
        case "lynxUsername" if account:
            account.username = body["newUsername"]
        case "lynxEmail" if account:
            account.email = body["newEmail"]
        case "changePassword" | "ildChangePassword" | "lynxPassword" if account:
            account.password = body["newPassword"]
        case kind if kind in TO_USERS:
            learn_of_users(kind, body, said, suite)


def learn_of_users(kind, body, said, suite):
    account = suite.known(id=body.get("actor", {}).get("account"), username=body.get("login", {}).get("username"))
    if account is None:
        return
    match kind:
        case "change":
            account.username = body.get("username", account.username)
            account.email = body.get("email", account.email)
            account.password = body.get("newPassword", account.password)
        case "enrol":
            account.enrol_secret(said["secret"], body["algorithm"])
        case "confirmFactor":
            account.backup = next(iter(said["codes"]), None)
        case "removeFactor" | "recover":
            account.secret = account.backup = None
        case "deleteAccount":
            suite.accounts.remove(account)
