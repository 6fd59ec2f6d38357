#!/usr/bin/python3
"""CPU time per admission, beside that of a plain Beast server and of our own with a fixed answer.

TLS, 16 kept connections; every request has a new uid, new names and one changed value. CPU time is that of the server's threads
(/proc), the server on one core, the load on the other. The three take turns in short rounds, so that other work on the machine meets
them all; a figure is the median of its rounds, a ratio the median of the ratios within a round. Figures of one run compare.

    bench/admission.py [ROW...]     such as "mutate, 6 KB"; default: all
    BENCH_ROUNDS=15                 of each row
    BENCH_REQUESTS=1000000          so many more at the end, for the memory figure (default 20000)
"""

import contextlib
import glob
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

import bodies
import harness
import target

PROGRAMS = ("bench-yardstick", "bench-server", "bench-load", "portcullis-webhook-alicloud")
BUILD = os.path.join(harness.BUILD, "release")
CONNECTIONS = 16
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
EXTRA = int(os.environ.get("BENCH_REQUESTS", "20000"))
# row: what is asked, bytes, and how many times the yardstick it may cost
ROWS = {"secret, 3 KB": ("secret", 3, 1.2), "validate, 3 KB": ("validate", 3, 1.2), "validate, 6 KB": ("validate", 6, 1.2),
        "mutate, 6 KB": ("mutate", 6, 1.2), "validate, 48 KB": ("validate", 48, 1.5), "mutate, 48 KB": ("mutate", 48, 2.5)}
SIZES = (6, 12, 24, 48, 96)  # KB, for the cost of a byte
HALF_LOAD = ("validate", 6)


def program(name):
    return os.path.join(BUILD, "bench", name)


class Server:
    """One of the three, or the program itself, and the load that asks it."""

    def __init__(self, folder, body, *command, port=None, is_ready=None):
        began = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = port or self.process.stdout.readline().strip()
        while is_ready and not is_ready():
            time.sleep(0.001)
        self.started = time.monotonic() - began
        self.rss_at_start = self.rss()
        self.load = subprocess.Popen(
            ["taskset", "-c", "1", program("bench-load"), port, f"{folder}/tls.crt", body["path"], body["file"], str(CONNECTIONS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.ask(500)  # connections and memory are there before anything counts
        return self

    def __exit__(self, *_):
        self.load.stdin.close()
        self.process.terminate()
        self.load.wait(10)
        self.process.wait(10)

    def ask(self, requests, per_second=0.0):
        print(requests, per_second, file=self.load.stdin, flush=True)
        done = json.loads(self.load.stdout.readline())
        if done["failed"]:
            raise AssertionError(f"{done['failed']} of {requests} requests were not allowed")
        return done

    def cost(self, requests):
        """Microseconds of CPU per request."""
        before = self.cpu()
        return (self.cpu_after(requests) - before) / requests / 1e3

    def cpu_after(self, requests):
        self.ask(requests)
        return self.cpu()

    def cpu(self):
        """Nanoseconds of all threads."""
        total = 0
        for thread in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(thread, encoding="utf-8") as stat:
                total += int(stat.read().split()[0])
        return total

    def rss(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


@contextlib.contextmanager
def servers(folder, kind, kilobytes, grown_from=None):
    """The three, to be asked the same."""
    case = bodies.case(kind, kilobytes * 1024, grown_from)
    files = {"body": bodies.text(case["review"]), "case": json.dumps(case)}
    for name, text in files.items():
        with open(f"{folder}/{name}", "w", encoding="utf-8") as out:
            out.write(text)
    body = {"path": case["path"], "file": f"{folder}/body"}
    with Server(folder, body, program("bench-yardstick"), folder) as yardstick, \
            Server(folder, body, program("bench-server"), folder) as fixed, \
            Server(folder, body, program("bench-server"), folder, f"{folder}/case") as admission:
        yield {"yardstick": yardstick, "fixed answer": fixed, "admission": admission}


def measure(three, kilobytes):
    """{name: costs by round}"""
    requests = max(200, 6_000 // kilobytes)
    costs = {name: [] for name in three}
    for _ in range(ROUNDS):
        for name, server in three.items():
            costs[name].append(server.cost(requests))
    return costs


def ratio(costs, name):
    return statistics.median(ours / theirs for ours, theirs in zip(costs[name], costs["yardstick"]))


def row_of(folder, kind, kilobytes, bound):
    with servers(folder, kind, kilobytes) as three:
        costs = measure(three, kilobytes)
    medians = {f"{name}, us": round(statistics.median(values), 1) for name, values in costs.items()}
    return medians | {"ratio": round(ratio(costs, "admission"), 2), "goal": bound}


def cost_of_a_byte(folder):
    """What a validation costs beyond the fixed answer, by size: the same shoot with more and more workers."""
    figures = {}
    for kilobytes in SIZES:
        with servers(folder, "validate", kilobytes, SIZES[0] * 1024) as three:
            costs = measure(three, kilobytes)
        beyond = statistics.median(ours - fixed for ours, fixed in zip(costs["admission"], costs["fixed answer"]))
        figures[f"beyond fixed answer, us per KB, of {kilobytes}"] = {"value": round(beyond / kilobytes, 2)}
    return figures


def half_load(server):
    full = server.ask(3_000)
    rate = full["requests"] / full["seconds"] / 2
    rounds = [server.ask(int(rate / 2), rate) for _ in range(ROUNDS)]
    p50, p99 = (statistics.median(done[name] for done in rounds) for name in ("p50_ms", "p99_ms"))
    return {"half load, p50, ms": {"value": round(p50, 2)}, "half load, p99, ms": {"value": round(p99, 2)},
            "half load, p99/p50": {"value": round(p99 / p50, 1), "goal": 3}}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def is_ready(port):
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def process(folder, kind, kilobytes):
    """Of the program itself, beside a target that answers at once."""
    cluster = target.Target(folder)
    port, health = free_port(), free_port()
    case = bodies.case(kind, kilobytes * 1024)
    with open(f"{folder}/body", "w", encoding="utf-8") as out:
        out.write(bodies.text(case["review"]))
    command = [os.path.join(BUILD, "webhook", "app", "portcullis-webhook-alicloud"), "--kubeconfig", cluster.kubeconfig,
               "--webhook-config-server-host", "127.0.0.1", "--webhook-config-server-port", port, "--webhook-config-cert-dir", folder,
               "--health-bind-address", f"127.0.0.1:{health}", "--metrics-bind-address", "0", "--threads", "1", "--drain-delay", "0"]
    body = {"path": case["path"], "file": f"{folder}/body"}
    with Server(folder, body, *command, port=port, is_ready=lambda: is_ready(health)) as server:
        started, rss = server.started, server.rss_at_start
        server.ask(EXTRA)
        figures = {"Ready after, ms": {"value": round(started * 1e3), "goal": 100}, "RSS at start, MiB": {"value": round(rss, 1), "goal": 15},
                   f"RSS after {EXTRA} requests, MiB": {"value": round(server.rss(), 1), "goal": 30}}
    cluster.close()
    return figures


def make_certificate(folder):
    harness.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.crt")


def main():
    subprocess.run(["cmake", "--build", BUILD, "--target", *PROGRAMS, "--", "--quiet"], check=True, timeout=3600)
    rows = sys.argv[1:] or list(ROWS)
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder)
        figures = {row: row_of(folder, *ROWS[row]) for row in rows}
        if not sys.argv[1:]:
            figures |= cost_of_a_byte(folder)
            with servers(folder, *HALF_LOAD) as three:
                figures |= half_load(three["admission"])
            figures |= process(folder, *HALF_LOAD)
    harness.report("bench", {"connections": CONNECTIONS, "rounds": ROUNDS, "bodies": bodies.made_from()}, figures)


if __name__ == "__main__":
    main()
