"""Starts a suite and lets schemathesis loose on its API documents, as each of those who may ask. See README.md."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
START_LIMIT = 60  # seconds
START_COST = 2  # seconds that a pass takes beside its testing, to begin with

# Who asks what, and the share of the time. Documents with a path are internal: the service's own listener serves them.
# Nothing in nerdcult, wolf and lynx asks for a role: an admin is a user there.
PASSES = [
    ("legion", "user", 24),
    ("legion", "admin", 16),
    ("legion", "nobody", 9),
    ("nerdcult", "user", 12),
    ("nerdcult", "nobody", 6),
    ("ild", "user", 20),
    ("ild", "admin", 16),
    ("ild", "nobody", 8),
    ("wolf", "user", 10),
    ("wolf", "nobody", 6),
    ("lynx", "user", 18),
    ("lynx", "nobody", 7),
    ("watchword", "nobody", 6),
    ("users", "service", 16),
    ("mailer", "service", 6),
]
INTERNAL = {"users": "pkg/usersapi/openapi.yaml", "mailer": "pkg/mailapi/openapi.yaml"}
# These two share their paths; at its own host each answers alone. The name needs no resolver: it is a header.
HOSTS = {"wolf": "wolf.localhost", "lynx": "lynx.localhost"}


class Suite:
    """The suite in a process of its own, with a data folder of its own, on free loopback ports."""

    def __init__(self, binary, data):
        self.password = secrets.token_urlsafe(24)
        self.log = (data / "log").open("w+")
        settings = {
            "WATCHWORD_DATA": str(data),
            "WATCHWORD_LISTEN": "127.0.0.1:0",
            "WATCHWORD_INBOX_LISTEN": "127.0.0.1:0",
            "WATCHWORD_LIMIT_SCALE": "1000000",
            "WATCHWORD_ADMIN_USERNAME": "fuzz-keeper",
            "WATCHWORD_ADMIN_PASSWORD": self.password,
            "WATCHWORD_DIALECT_HOSTS": ",".join(f"{host}={dialect}" for dialect, host in HOSTS.items()),
            "WATCHWORD_EXIT_ON_STDIN_EOF": "1",
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("WATCHWORD_", "OTEL_"))}
        self.process = subprocess.Popen(
            [binary], env=inherited | settings, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self.log
        )
        self.info = self._await(data / "run.json")
        self.service_key = (data / "keys" / "service.keys").read_text().splitlines()[0]

    def _await(self, path):
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self.process.poll() is None:
            if path.exists():
                return json.loads(path.read_text())
            time.sleep(0.05)
        self.stop()
        sys.exit(f"fuzz-api: the suite did not start\n{self.errors()}")

    def stop(self):
        """Asks it to end and gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def errors(self):
        """Gives the lines of its log that tell of a fault on our side."""
        self.log.seek(0)
        return "".join(line for line in self.log if re.search('"level":"ERROR"|"dependency unavailable"|^[^{]', line))


def run_pass(suite, document, who, seconds, seed, folder):
    """Runs one pass, with its scratch in folder, and tells whether it went through."""
    env = os.environ | {
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FUZZ_AS": who,
        "FUZZ_GATEWAY": suite.info["gateway"],
        "FUZZ_INBOX": suite.info["inbox"],
        "FUZZ_KEEPER_PASSWORD": suite.password,
        "FUZZ_SERVICE_KEY": suite.service_key,
        "FUZZ_DOCUMENT": document,
    }
    gateway, source = suite.info["gateway"], ROOT / INTERNAL.get(document, "")
    if document not in INTERNAL:
        source = Path(folder) / f"{document}.yaml"
        with urllib.request.urlopen(f"{gateway}/openapi/{document}.yaml") as served:
            source.write_bytes(served.read())
    url = suite.info["services"][document]["internal"] if document in INTERNAL else gateway
    host = ["--header", f"Host: {HOSTS[document]}"] if document in HOSTS else []
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run",
        str(source), "--url", url, *host, "--seed", str(seed), "--max-time", str(seconds), *sys.argv[1:],
    ]
    print(f"\n== {document} as {who}, {seconds} s, seed {seed}", flush=True)
    return subprocess.run(command, env=env, cwd=folder, check=False).returncode == 0


def run_passes(suite, passes, total, seed, folder):
    """Shares total seconds out, the starts of schemathesis among them, and gives the passes that failed."""
    end, start, failed = time.monotonic() + total, START_COST, []
    for at, (document, who, share) in enumerate(passes):
        left, rest = passes[at:], end - time.monotonic()
        seconds = max(1, int((rest - start * len(left)) * share / sum(share for *_, share in left)))
        if not run_pass(suite, document, who, seconds, seed, folder):
            failed.append(f"{document}:{who}")
        start = (start + max(0, rest - (end - time.monotonic()) - seconds)) / 2  # what passes take beyond their share
    return failed


def main():
    total = int(os.environ.get("FUZZ_TIME", "180"))
    seed = int(os.environ.get("FUZZ_SEED", secrets.randbelow(2**32)))
    only = os.environ.get("FUZZ_PASSES", "").split()
    passes = [p for p in PASSES if not only or f"{p[0]}:{p[1]}" in only]
    if unknown := set(only) - {f"{document}:{who}" for document, who, _ in PASSES}:
        sys.exit(f"fuzz-api: FUZZ_PASSES: no pass {' '.join(sorted(unknown))}")
    data = Path(tempfile.mkdtemp(prefix="watchword-fuzz-"))
    try:
        suite = Suite(os.environ["FUZZ_BINARY"], data)
        try:
            failed = run_passes(suite, passes, total, seed, data)
        finally:
            code = suite.stop()
        if errors := suite.errors():
            print(f"\nThe suite logged errors:\n{errors}")
        if failed or errors or code:
            sys.exit(f"\nfuzz-api: seed {seed}: failed: {' '.join(failed) or 'none'}; the suite ended with {code}")
        print(f"\nfuzz-api: seed {seed}: all passed")
    finally:
        shutil.rmtree(data)


if __name__ == "__main__":
    main()
