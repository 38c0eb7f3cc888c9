"""Who asks: accounts that the run makes for itself through the suite's public API, and the credentials that they send."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import struct
import time
from urllib.parse import parse_qs, urlparse

import requests

PASSWORD = "what nobody would guess"
MAIL_LIMIT = 2  # seconds that a mail may take

# How one signs in: the path, what names the account, and what the code is called beside the password.
SIGN_INS = {
    "legion": ("/users/login", "username", "token"),
    "nerdcult": ("/account/authenticate", "username", "code"),
    "ild": ("/sign/login", "email", "code"),
    "wolf": ("/auth/login", "email", None),
    "lynx": ("/auth/login", "username", "token"),
}


class Suite:
    """A running suite, spoken to outside of what is tested."""

    def __init__(self, gateway, inbox, keeper_password, dialect):
        self.gateway, self.inbox = gateway, inbox
        self.dialect = dialect if dialect in SIGN_INS else "legion"
        self.accounts = []  # those that the tested requests made among them
        self.signed_in = None  # the account that a tested request signed in last
        self.changes = 0  # how often something happened that may have ended a session
        self._csrf, self._read, self._given = None, set(), set()
        self._http = requests.Session()
        self.keeper = Account(self, "fuzz-keeper", None, keeper_password, dialect="legion")
        self.keeper.token()

    def call(self, method, path, body=None, token=None, form=False):
        """Sends one request as a client would, and gives the response whatever its status is."""
        headers = {"X-CSRF-Token": self.csrf(), "Cookie": f"__Host-csrf={self.csrf()}"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        encoded = {"data": body} if form else {"json": body}
        return self._http.request(method, self.gateway + path, **encoded, headers=headers, timeout=30)

    def csrf(self):
        """Gives the double-submit token; one does for all, as it is bound to nobody."""
        if self._csrf is None:
            self._csrf = self._http.get(self.gateway + "/csrf-token", timeout=30).json()["data"]["csrfToken"]
        return self._csrf

    def create(self, role="standard"):
        """Makes an account; the keeper, whom nothing tested may touch, makes it an admin."""
        username = "fuzz-" + secrets.token_hex(8)
        email = username + "@example.com"
        body = {"name": username, "username": username, "email": email, "password": PASSWORD}
        answer = self.call("POST", "/users", body)
        account = self.learn(username, email, PASSWORD, answer.json()["data"]["id"])
        if role != "standard":
            self.call("PUT", f"/users/{account.id}/role", {"role": role}, self.keeper.token()).raise_for_status()
        return account

    def learn(self, username, email, password, id=None):
        """Notes an account that exists, or will once its link is used."""
        self._given.update(name.lower() for name in (username, email) if name)
        account = Account(self, username, email, password, id)
        self.accounts.append(account)
        return account

    def known(self, **what):
        """Gives the newest account with this id, or one of these names or tokens; None where there is none."""
        what = {k: v for k, v in what.items() if v}
        return next((a for a in reversed(self.accounts) if any(getattr(a, k) == v for k, v in what.items())), None)

    def stranger(self):
        """Gives an account that exists, for what only looks at one."""
        return next((a for a in self.accounts if a.id), None) or self.create()

    def fresh(self, name):
        """Gives a username or email that was not given before, as generated ones come again and again."""
        local, at, domain = name.partition("@")
        if name.lower() in self._given:
            name = f"{local[:16]}{len(self._given)}{at}{domain}"
        self._given.add(name.lower())
        return name

    def mailed_token(self):
        """Gives the token of the newest mail not looked at before, None where there is none."""
        for mail in self._http.get(self.inbox + "/api/v1/messages?limit=20", timeout=30).json()["messages"]:
            if mail["ID"] not in self._read:
                self._read.add(mail["ID"])
                text = self._http.get(f"{self.inbox}/api/v1/message/{mail['ID']}", timeout=30).json()["Text"]
                if found := re.search(r"[?&]token=([\w.~-]+)", text):
                    return found[1]
        return None

    def confirm_newest(self):
        """Uses the link of the newest mail, once it is there."""
        deadline = time.monotonic() + MAIL_LIMIT
        while time.monotonic() < deadline:
            if token := self.mailed_token():
                self.call("POST", "/sign/verify", {"token": token})
                return
            time.sleep(0.05)


class Account:
    """An account whose password is known, with a session that is made anew whenever a test has ended it."""

    def __init__(self, suite, username, email, password, id=None, dialect=None):
        self.suite, self.username, self.email, self.password, self.id = suite, username, email, password, id
        self.dialect = dialect or suite.dialect
        self.access = self.refresh = self.challenge = self.role = self.secret = self.backup = None
        self._algorithm, self._step, self._checked = "SHA256", 0, -1

    def token(self, role=None):
        """Gives an access token that works now; None where the account can't sign in any more, or has lost its role."""
        if self._checked != self.suite.changes:
            self._checked = self.suite.changes
            answer = self._check()
            if not answer.ok:
                self._sign_in()
                answer = self._check()
            self.access = self.access if answer.ok else None
            self.role, self.id = (answer.json()["user"][k] for k in ("role", "id")) if answer.ok else (None, self.id)
        return self.access if role in (None, self.role) else None

    def _check(self):
        return self.suite.call("GET", "/sign/check", token=self.access)

    def _sign_in(self):
        path, name, code = SIGN_INS[self.dialect]
        body = {name: getattr(self, name), "password": self.password}
        if self.secret and code:
            body[code] = self.code()
        answer = self.suite.call("POST", path, body, form=self.dialect == "wolf")
        self.take(answer)
        if self.challenge:
            body = {"token": self.challenge, "code": self.code()}
            self.take(self.suite.call("POST", "/auth/two-factor", body, form=True))

    def take(self, answer):
        """Takes the tokens out of the answer to a sign-in or refresh, whichever dialect's; none where it was refused."""
        said = answer.json() if answer.status_code == 200 else {}
        said = said.get("data") or said
        token = said.get("token")
        self.challenge = token if said.get("twoFactor") else None
        if isinstance(token, dict):
            token = token["accessToken"]
        self.access = said.get("access_token") or cookie(answer, "token") or (None if self.challenge else token)
        self.refresh = said.get("refresh_token") or cookie(answer, "refreshToken")

    def enrol(self, otpauth):
        """Keeps the secret of an otpauth URI (six digits, 30 s)."""
        query = parse_qs(urlparse(otpauth).query)
        self.enrol_secret(query["secret"][0], query.get("algorithm", ["SHA1"])[0])

    def enrol_secret(self, secret, algorithm):
        secret = base64.b32decode(secret + "=" * (-len(secret) % 8))
        if secret != self.secret:
            self.secret, self._algorithm, self._step = secret, algorithm, 0

    def code(self):
        """Gives a code not given before, as each counts once, as long as the window of one step has one."""
        now = int(time.time()) // 30
        self._step = min(max(self._step + 1, now - 1), now + 1)
        mac = hmac.new(self.secret, struct.pack(">Q", self._step), getattr(hashlib, self._algorithm.lower())).digest()
        at = mac[-1] & 15
        return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def cookie(answer, name):
    """Gives a cookie that an answer sets, schemathesis's or requests's; None where it sets none."""
    lines = answer.headers.get("set-cookie") or ""
    found = re.search(rf"(?:^|[\s,]){name}=([^;,\s]+)", lines if isinstance(lines, str) else ", ".join(lines))
    return found and found[1]


def service_token(key_line, caller, callee):
    """Signs what services show each other: HS256, typ st+jwt, with the first of the suite's service keys."""
    kid, key = key_line.split()[:2]

    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    now = int(time.time())
    claims = {"iss": "watchword-internal", "sub": caller, "aud": callee, "iat": now, "nbf": now, "exp": now + 60}
    signed = b".".join(part(json.dumps(x).encode()) for x in ({"alg": "HS256", "typ": "st+jwt", "kid": kid}, claims))
    mac = hmac.new(base64.b64decode(key), signed, hashlib.sha256).digest()
    return (signed + b"." + part(mac)).decode()
