#!/usr/bin/python3
"""CPU time per admission, beside that of a plain Beast server and of our own with a fixed answer.

TLS, 16 kept connections; every request has a new uid, new names and one changed value. CPU time is the server process's
own (/proc), on one core; the load runs on the other. Figures of one run compare, those of two runs hardly.

    bench/admission.py [BUILD]      BUILD: a release build with -DPORTCULLIS_BENCHMARKS=ON; default: build/release, built here
    BENCH_REQUESTS=1000000          so many more at the end, for the memory figure (default 20000)
"""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

import harness

PROGRAMS = ("bench-yardstick", "bench-server", "bench-load")
CONNECTIONS = 16
# row: what is asked, bytes, requests, and how many times the yardstick it may cost
ROWS = {"secret, 3 KB": ("secret", 3_000, 12_000, 1.2), "validate, 3 KB": ("validate", 3_000, 12_000, 1.2),
        "validate, 6 KB": ("validate", 6_000, 12_000, 1.2), "mutate, 6 KB": ("mutate", 6_000, 12_000, 1.2),
        "validate, 48 KB": ("validate", 48_000, 3_000, 1.5), "mutate, 48 KB": ("mutate", 48_000, 3_000, 2.5)}
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, folder, *command):
        began = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().strip()
        self.started = time.monotonic() - began
        self.authority = os.path.join(folder, "tls.crt")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def load(build, server, kind, size, requests, rate=None):
    command = ["taskset", "-c", "1", program(build, "bench-load"), server.port, server.authority, kind, str(size), str(requests),
               str(CONNECTIONS), *([str(rate)] if rate else [])]
    return json.loads(harness.run(*command, timeout=3600).stdout)


def cost(build, server, kind, size, requests):
    """Microseconds of the server's CPU per request."""
    load(build, server, kind, size, requests // 10)
    before = server.cpu()
    done = load(build, server, kind, size, requests)
    return (server.cpu() - before) / done["requests"] * 1e6, done


def program(build, name):
    return os.path.join(build, "bench", name)


def make_certificate(folder):
    harness.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.crt")


def start(build, folder):
    return {"yardstick": Server(folder, program(build, "bench-yardstick"), folder),
            "fixed answer": Server(folder, program(build, "bench-server"), folder, "fixed"),
            "admission": Server(folder, program(build, "bench-server"), folder, "admission")}


def measure(build, servers):
    figures = {}
    for row, (kind, size, requests, bound) in ROWS.items():
        costs = {name: cost(build, server, kind, size, requests)[0] for name, server in servers.items()}
        figures[row] = {f"{name}, us": round(value, 1) for name, value in costs.items()}
        figures[row] |= {"ratio": round(costs["admission"] / costs["yardstick"], 2), "bound": bound}
    return figures


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(harness.BUILD, "release")
    if len(sys.argv) == 1:
        subprocess.run(["cmake", "--build", build, "--target", *PROGRAMS, "--", "--quiet"], check=True)
    extra = int(os.environ.get("BENCH_REQUESTS", "20000"))
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder)
        servers = start(build, folder)
        admission = servers["admission"]
        with servers["yardstick"], servers["fixed answer"], admission:
            at_start = admission.rss()
            figures = measure(build, servers)
            busy = load(build, admission, "validate", 6_000, 6_000)
            full = busy["requests"] / busy["seconds"]
            half = load(build, admission, "validate", 6_000, int(full * 4), full / 2)
            load(build, admission, "validate", 3_000, extra)
            figures["half load"] = {"p50, ms": round(half["p50_ms"], 2), "p99, ms": round(half["p99_ms"], 2),
                                    "p99/p50": round(half["p99_ms"] / half["p50_ms"], 2)}
            figures["process"] = {"start, ms": round(admission.started * 1e3), "RSS at start, MiB": round(at_start, 1),
                                  "RSS at end, MiB": round(admission.rss(), 1)}
    harness.report("bench", {"connections": CONNECTIONS, "requests at the end": extra}, figures)


if __name__ == "__main__":
    main()
