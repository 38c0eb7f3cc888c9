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
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
START_LIMIT = 60  # seconds

# Who asks what, and the share of the time. Documents with a path are internal: the service's own listener serves them.
PASSES = [
    ("legion", "user", 30),
    ("legion", "admin", 22),
    ("legion", "nobody", 14),
    ("ild", "user", 3),
    ("ild", "admin", 2),
    ("ild", "nobody", 3),
    ("watchword", "nobody", 8),
    ("users", "service", 12),
    ("mailer", "service", 8),
]
INTERNAL = {"users": "pkg/usersapi/openapi.yaml", "mailer": "pkg/mailapi/openapi.yaml"}


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
        "FUZZ_CALLEE": document,
    }
    if document in INTERNAL:
        where = [str(ROOT / INTERNAL[document]), "--url", suite.info["services"][document]["internal"]]
    else:
        where = [f"{suite.info['gateway']}/openapi/{document}.yaml", "--url", suite.info["gateway"]]
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run", *where,
        "--seed", str(seed), "--max-time", str(seconds), *sys.argv[1:],
    ]
    print(f"\n== {document} as {who}, {seconds} s, seed {seed}", flush=True)
    return subprocess.run(command, env=env, cwd=folder, check=False).returncode == 0


def run_passes(suite, passes, total, seed, folder):
    """Shares total seconds out, the starts of schemathesis among them, and gives the passes that failed."""
    end, failed = time.monotonic() + total, []
    for at, (document, who, share) in enumerate(passes):
        rest = sum(share for *_, share in passes[at:])
        seconds = max(1, int((end - time.monotonic()) * share / rest))
        if not run_pass(suite, document, who, seconds, seed, folder):
            failed.append(f"{document}:{who}")
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
