#!/usr/bin/python3
"""Runs one file of unittest tests and writes which passed, failed and were skipped: FILE REPORT.json."""

import importlib.util
import os
import sys
import time
import unittest

import reports


class Result(unittest.TextTestResult):
    """Every test method counts once, whatever its subtests and clean-ups said."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.passed, self.seconds, self.began = [], {}, {}

    def startTest(self, test):
        self.began[test.id()] = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        self.seconds[test.id()] = round(time.monotonic() - self.began[test.id()], 2)
        super().stopTest(test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed.append(test.id())

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.passed.append(test.id())

    def record(self):
        broken = [getattr(test, "test_case", test).id() for test, _ in self.failures + self.errors]
        broken += [test.id() for test in self.unexpectedSuccesses]
        failed = list(dict.fromkeys(broken))
        skipped = [test.id() for test, _ in self.skipped if test.id() not in failed]
        passed = [name for name in self.passed if name not in failed]
        return {"passed": passed, "failed": failed, "skipped": list(dict.fromkeys(skipped)), "seconds": self.seconds}


def load(path):
    sys.argv = [path]
    sys.path.insert(0, os.path.dirname(path))
    specification = importlib.util.spec_from_file_location(os.path.basename(path).removesuffix(".py"), path)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main():
    path, report = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Result)
    result = runner.run(load(path))
    reports.write(os.path.basename(report).removesuffix(".json"), {"file": os.path.relpath(path, reports.REPOSITORY)}, result.record(),
                  folder=os.path.dirname(report))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
