"""Runs the steps of hack/test one after the other: log file, heartbeat, time limit, table and JSON at the end."""

import collections
import dataclasses
import os
import signal
import subprocess
import sys
import time

import reports

HEARTBEAT = 60
TOTAL = 75 * 60  # what everything together may take, with empty caches on two cores
GRACE = 90  # seconds between SIGTERM and SIGKILL: end-to-end tests take their clusters down

Counts = collections.namedtuple("Counts", "passed failed skipped names", defaults=((),))


@dataclasses.dataclass
class Step:
    """One step. `commands` run in order until one fails; `count` turns the result into test counts."""

    name: str
    what: str
    budget: float  # seconds with empty caches on two cores; at twice the budget the step is ended
    commands: list
    needs: tuple = ()
    extra: bool = False  # runs only when it is named with --only
    env: dict = dataclasses.field(default_factory=dict)
    count: object = None  # callable(ok: bool) -> Counts; None counts the step itself
    fresh: tuple = ()  # files of reports that must not be left from an earlier run
    status: str = "waiting"  # passed | failed | late | not run
    seconds: float = 0
    counts: Counts = Counts(0, 0, 0)

    @property
    def log(self):
        return os.path.join(reports.REPORTS, "logs", f"{self.name.replace('/', '-')}.log")


def relative(path):
    return os.path.relpath(path, reports.REPOSITORY)


def duration(seconds):
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def say(text):
    print(text, flush=True)


class Child:
    """A command with its output in a file; ends with everything that it started in its process group."""

    current = None

    def __init__(self, command, log, env):
        self.process = subprocess.Popen(command, cwd=reports.REPOSITORY, env=os.environ | env, stdin=subprocess.DEVNULL,
                                        stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        Child.current = self

    def wait(self, end, beat):
        """The exit code, or None if it did not end by itself in time."""
        try:
            while True:
                try:
                    return self.process.wait(timeout=max(0.0, min(HEARTBEAT, end - time.monotonic())))
                except subprocess.TimeoutExpired:
                    if time.monotonic() >= end:
                        return None
                    beat()
        finally:
            self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=GRACE)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        Child.current = None


def last_lines(path, number):
    with open(path, "rb") as log:
        log.seek(0, os.SEEK_END)
        log.seek(max(0, log.tell() - 200 * number))
        return log.read().decode(errors="replace").splitlines()[-number:]


class Runner:
    def __init__(self, steps, began, report="test", left_out=()):
        """report: name of what is written at the end. left_out: names of steps that are not among these, to be told."""
        self.steps = steps
        self.began = began
        self.report = report
        self.left_out = list(left_out)
        self.interrupted = False

    def run(self):
        os.makedirs(os.path.join(reports.REPORTS, "logs"), exist_ok=True)
        done = {}
        for step in self.steps:
            missing = [need for need in step.needs if need in done and done[need].status != "passed"]
            if missing or self.interrupted:
                step.status = "not run"
                step.counts = Counts(0, 0, 1)
                say(f"-- {step.name}: not run, because of {', '.join(missing) or 'the interruption'}")
            else:
                self.perform(step)
            done[step.name] = step

    def perform(self, step):
        say(f"== {step.name}: {step.what} (budget {duration(step.budget)})")
        for path in step.fresh:
            subprocess.run(["rm", "-rf", path], check=True)
        started = time.monotonic()
        try:
            ended = self.commands(step, started)
        except KeyboardInterrupt:
            self.interrupted = True
            ended = "interrupted"
        step.seconds = time.monotonic() - started
        self.judge(step, ended)
        self.tell(step, ended)

    def commands(self, step, started):
        """None when all went well, else why not."""
        def beat():
            line = next((line for line in reversed(last_lines(step.log, 5)) if line.strip()), "")
            say(f"   ... {duration(time.monotonic() - started)}  {line.strip()[:110]}")

        with open(step.log, "wb") as log:
            for command in step.commands:
                log.write(f"$ {' '.join(command)}\n".encode())
                log.flush()
                code = Child(command, log, step.env).wait(started + 2 * step.budget, beat)
                if code is None:
                    return f"no end within twice its budget, {duration(2 * step.budget)}"
                if code != 0:
                    return f"{command[0]} ended with {code}"
        return None

    def judge(self, step, ended):
        counts = step.count(ended is None) if step.count else Counts(int(ended is None), int(ended is not None), 0)
        if ended is not None and counts.failed == 0:  # it broke outside of any test
            counts = counts._replace(failed=1, names=(f"{step.name}: {ended}",))
        if counts.passed + counts.failed + counts.skipped == 0:
            counts = Counts(0, 1, 0, (f"{step.name}: it ran no test at all",))
        step.counts = counts
        step.status = "failed" if counts.failed else "passed"

    def tell(self, step, ended):
        numbers = f"{step.counts.passed} passed, {step.counts.failed} failed"
        if step.counts.skipped:
            numbers += f", {step.counts.skipped} skipped"
        say(f"   {step.status} in {duration(step.seconds)}: {numbers}")
        if step.status == "failed":
            say("\n".join(f"   | {line[:200]}" for line in last_lines(step.log, 25)))
            for name in step.counts.names[:20]:
                say(f"   FAILED {name}")
            say(f"   {ended or 'tests failed'}; the whole log: {relative(step.log)}")

    def totals(self):
        return tuple(sum(getattr(step.counts, name) for step in self.steps) for name in ("passed", "failed", "skipped"))

    def finish(self):
        passed, failed, skipped = self.totals()
        self.print_table()
        figures = {"seconds": round(time.time() - self.began), "passed": passed, "failed": failed, "skipped": skipped,
                          "not run": self.left_out,
                          "steps": [{"name": step.name, "status": step.status, "seconds": round(step.seconds, 1),
                                     "budget": step.budget, "passed": step.counts.passed, "failed": step.counts.failed,
                                     "skipped": step.counts.skipped, "failures": list(step.counts.names),
                                     "log": relative(step.log)} for step in self.steps]}
        path = reports.write(self.report, {"steps": [step.name for step in self.steps]}, figures)
        say(f"logs: {relative(os.path.join(reports.REPORTS, 'logs'))}  figures: {relative(path)}")
        say(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
        sys.stdout.flush()
        return 1 if failed or self.interrupted else 0

    def print_table(self):
        width = max(len(step.name) for step in self.steps)
        say(f"\n{'step':{width}}  {'result':8}  {'time':>6}  {'budget':>6}  passed  failed  skipped")
        for step in self.steps:
            late = "  over its budget" if step.seconds > step.budget else ""
            say(f"{step.name:{width}}  {step.status:8}  {duration(step.seconds):>6}  {duration(step.budget):>6}"
                f"  {step.counts.passed:6}  {step.counts.failed:6}  {step.counts.skipped:7}{late}")
        budget = min(TOTAL, sum(step.budget for step in self.steps))
        spent = time.time() - self.began
        late = "  over its budget" if spent > budget else ""
        say(f"{'all':{width}}  {'':8}  {duration(spent):>6}  {duration(budget):>6}{late}")
        if self.left_out:
            say(f"not run, because nobody named them: {', '.join(self.left_out)}")
        for step in self.steps:
            for name in step.counts.names[:20]:
                say(f"FAILED {step.name}: {name}")
