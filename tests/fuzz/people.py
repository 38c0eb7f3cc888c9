"""Who asks: accounts that the run makes for itself through the suite's public API, and the headers that they send."""

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


class Suite:
    """A running suite, spoken to outside of what is tested."""

    def __init__(self, gateway, inbox, keeper_password):
        self.gateway, self.inbox = gateway, inbox
        self.keeper = Account(self, "fuzz-keeper", keeper_password)
        self.made = {}  # accounts by id, those that the tested requests made among them
        self.changes = 0  # how often something happened that may have ended a session
        self._csrf, self._read, self._given = None, set(), set()
        self._http = requests.Session()
        self.keeper.token()

    def call(self, method, path, body=None, token=None):
        """Sends one request as a client would, and gives the response whatever its status is."""
        headers = {"X-CSRF-Token": self.csrf(), "Cookie": f"__Host-csrf={self.csrf()}"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self._http.request(method, self.gateway + path, json=body, headers=headers, timeout=30)

    def csrf(self):
        """Gives the double-submit token; one does for all, as it is bound to nobody."""
        if self._csrf is None:
            self._csrf = self._http.get(self.gateway + "/csrf-token", timeout=30).json()["data"]["csrfToken"]
        return self._csrf

    def create(self, role="standard"):
        """Makes an account; the keeper, whom nothing tested may touch, makes it an admin."""
        username = "fuzz-" + secrets.token_hex(8)
        answer = self.call("POST", "/users", {"name": username, "username": username, "password": PASSWORD})
        account = self.learn(answer.json()["data"]["id"], username, PASSWORD)
        if role != "standard":
            self.call("PUT", f"/users/{account.id}/role", {"role": role}, self.keeper.token()).raise_for_status()
        return account

    def stranger(self):
        """Gives an account that exists, for what only looks at one."""
        return next(iter(self.made.values()), None) or self.create()

    def fresh(self, name):
        """Gives a username or email that was not given before, as generated ones come again and again."""
        local, at, domain = name.partition("@")
        if name.lower() in self._given:
            name = f"{local[:16]}{len(self._given)}{at}{domain}"
        self._given.add(name.lower())
        return name

    def learn(self, id, username, password):
        account = self.made[id] = Account(self, username, password, id)
        return account

    def mailed_token(self):
        """Gives the token of the newest mail not looked at before, None where there is none."""
        for mail in self._http.get(self.inbox + "/api/v1/messages?limit=20", timeout=30).json()["messages"]:
            if mail["ID"] not in self._read:
                self._read.add(mail["ID"])
                text = self._http.get(f"{self.inbox}/api/v1/message/{mail['ID']}", timeout=30).json()["Text"]
                if found := re.search(r"[?&]token=([\w.~-]+)", text):
                    return found[1]
        return None


class Account:
    """An account whose password is known, with a session that is made anew whenever a test has ended it."""

    def __init__(self, suite, username, password, id=None):
        self.suite, self.username, self.password, self.id = suite, username, password, id
        self.access = self.refresh = self.role = self.secret = None
        self._step, self._checked = 0, -1

    def token(self, role=None):
        """Gives an access token that works now; None where the account can't sign in any more, or has lost its role."""
        if self._checked != self.suite.changes:
            self._checked = self.suite.changes
            answer = self._check()
            if not answer.ok:
                self._sign_in()
                answer = self._check()
            self.access = self.access if answer.ok else None
            self.role = answer.json()["user"]["role"] if answer.ok else None
        return self.access if role in (None, self.role) else None

    def _check(self):
        return self.suite.call("GET", "/sign/check", token=self.access)

    def _sign_in(self):
        body = {"username": self.username, "password": self.password}
        if self.secret:
            body["token"] = self.code()
        self.take(self.suite.call("POST", "/users/login", body))

    def take(self, answer):
        """Takes the tokens out of the answer to a sign-in or refresh; none where it was refused."""
        data = answer.json().get("data") if answer.ok else None
        self.access = data["token"]["accessToken"] if data else None
        found = re.search(r"refreshToken=([^;,\s]+)", answer.headers.get("Set-Cookie", ""))
        self.refresh = found[1] if data and found else None
        self.id = data["id"] if data else self.id

    def enrol(self, otpauth):
        """Keeps the secret of an otpauth URI (SHA-256, six digits, 30 s)."""
        secret = parse_qs(urlparse(otpauth).query)["secret"][0]
        self.secret, self._step = base64.b32decode(secret + "=" * (-len(secret) % 8)), 0

    def code(self):
        """Gives a code not given before, as each counts once, as long as the window of one step has one."""
        now = int(time.time()) // 30
        self._step = min(max(self._step + 1, now - 1), now + 1)
        mac = hmac.new(self.secret, struct.pack(">Q", self._step), hashlib.sha256).digest()
        at = mac[-1] & 15
        return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


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
