#!/usr/bin/python3
"""Figures that were measured: a table for people, and build/reports/NAME.json with commit, machine, date and parameters.

    hack/testing/reports.py NAME [PARAMETER=VALUE...] -- FIGURE=VALUE...
    hack/testing/reports.py NAME --google-benchmark FILE.json

In Python: reports.report(name, params, figures).
"""

import datetime
import json
import os
import platform
import subprocess
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REPORTS = os.path.join(REPOSITORY, "build", "reports")


def machine():
    """CPU model, cores and memory of this machine."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": model, "cores": os.cpu_count(), "memoryGiB": round(memory / 2**30, 1), "kernel": platform.release()}


def commit():
    """The commit of the tree, with -dirty when files differ from it."""
    done = subprocess.run(["git", "-C", REPOSITORY, "describe", "--always", "--dirty", "--abbrev=12"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def write(name, params, figures, folder=None):
    """Writes build/reports/NAME.json, or NAME.json in another folder, and returns its path."""
    record = {"name": name, "commit": commit(), "machine": machine(),
              "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "params": params, "figures": figures}
    folder = folder or REPORTS
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{name}.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(record, out, indent=2)
        out.write("\n")
    return path


def report(name, params, figures):
    """Prints the figures as a table and writes them. figures: {row: value} or {row: {column: value}}."""
    path = write(name, params, figures)
    rows = {row: value if isinstance(value, dict) else {"value": value} for row, value in figures.items()}
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    text = [["", *columns]] + [[row, *(_short(row_values.get(c, "")) for c in columns)] for row, row_values in rows.items()]
    widths = [max(len(line[i]) for line in text) for i in range(len(text[0]))]
    print(f"{name}  {' '.join(f'{key}={value}' for key, value in params.items())}")
    for line in text:
        print("  " + line[0].ljust(widths[0]) + "".join("  " + cell.rjust(width) for cell, width in zip(line[1:], widths[1:])))
    print(f"  {os.path.relpath(path)}", flush=True)


def _short(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _number(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def of_google_benchmark(file):
    """Parameters, and {benchmark: {column: value}}, of what a benchmark program wrote; one that failed is an error."""
    with open(file, encoding="utf-8") as text:
        written = json.load(text)
    context, benchmarks = written["context"], written["benchmarks"]
    failed = [f"{one['name']}: {one.get('error_message', 'failed')}" for one in benchmarks if one.get("error_occurred")]
    if failed or not benchmarks:
        sys.exit("error: " + ("\n".join(failed) or f"{file}: no benchmark has run"))
    known = ("name", "run_name", "run_type", "family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads")
    params = {"program": os.path.relpath(context["executable"], REPOSITORY), "load average": context.get("load_avg"),
              "threads": max(one.get("threads", 1) for one in benchmarks)}
    return params, {one["name"]: {key: value for key, value in one.items() if key not in known} for one in benchmarks}


def over_the_bar(figures):
    """The benchmarks with a counter bar_ms that took more processor time than that."""
    units = {"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1e3}
    times = {name: row["cpu_time"] * units[row["time_unit"]] for name, row in figures.items() if "bar_ms" in row}
    return [f"{name} takes {taken:.3g} ms of {figures[name]['bar_ms']:g}" for name, taken in times.items() if taken > figures[name]["bar_ms"]]


def main():
    name, *rest = sys.argv[1:] or sys.exit(__doc__)
    if rest[:1] == ["--google-benchmark"]:
        params, figures = of_google_benchmark(rest[1])
        write(name, params, figures)
        if slow := over_the_bar(figures):
            sys.exit("error: over the bar: " + "; ".join(slow))
        return
    middle = rest.index("--")
    pairs = [{key: _number(value) for key, value in (pair.split("=", 1) for pair in part)} for part in (rest[:middle], rest[middle + 1:])]
    report(name, *pairs)


if __name__ == "__main__":
    main()
