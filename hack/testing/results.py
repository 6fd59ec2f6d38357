"""Counts single tests: GoogleTest cases of a ctest run, and unittest cases of a Python file."""

import json
import os
import xml.etree.ElementTree

from runner import Counts

# What ctest leaves in a folder of reports: its own JUnit file, and one JSON file of each GoogleTest program.
JUNIT = "ctest.xml"


def gtest_cases(path):
    """Counts of one GoogleTest program."""
    with open(path, encoding="utf-8") as file:
        suites = json.load(file)["testsuites"]
    passed, failed, skipped = 0, [], 0
    for suite in suites:
        for case in suite["testsuite"]:
            if case.get("failures"):
                failed.append(f"{suite['name']}.{case['name']}")
            elif case["status"] != "RUN" or case["result"] == "SKIPPED":
                skipped += 1
            else:
                passed += 1
    return Counts(passed, len(failed), skipped, tuple(failed))


def program_counts(folder, case):
    """Counts of one program that ctest ran; one that is no GoogleTest program is a test itself."""
    name, status = case.get("name"), case.get("status")
    path = os.path.join(folder, f"{name}_test.json")
    try:
        counts = gtest_cases(path) if os.path.exists(path) else Counts(int(status == "run"), 0, 0)
    except ValueError:  # it ended while it wrote
        counts = Counts(0, 0, 0)
    if status == "run" or counts.failed:
        return counts
    detail = case.find("failure")
    message = detail.get("message", "") if detail is not None else status
    return counts._replace(failed=1, names=(f"{name}: {message or status} outside of a test case",))


def ctest(folder):
    """A count function for a step that ran ctest with its reports in the folder."""
    def count(_ok):
        path = os.path.join(folder, JUNIT)
        if not os.path.exists(path):
            return Counts(0, 0, 0)
        total = Counts(0, 0, 0)
        for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
            one = program_counts(folder, case)
            total = Counts(*(a + b for a, b in zip(total, one)))
        return total
    return count


def unittest_file(path):
    """A count function for a step that ran hack/testing/run_unittest.py with this report."""
    def count(_ok):
        if not os.path.exists(path):
            return Counts(0, 0, 0)
        with open(path, encoding="utf-8") as file:
            found = json.load(file)["figures"]
        return Counts(len(found["passed"]), len(found["failed"]), len(found["skipped"]), tuple(found["failed"]))
    return count
