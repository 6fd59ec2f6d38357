#!/usr/bin/python3
"""Tests of what counts tests: a failure is never lost, and what did not run is never counted as passed. And of what tells what images consist of."""

import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

import reports
import results
import sbom
from runner import Counts, Runner, Step

HERE = os.path.dirname(os.path.abspath(__file__))

UNITTESTS = '''
import unittest
class Some(unittest.TestCase):
    def test_passes(self): pass
    def test_fails(self): self.fail()
    def test_breaks(self): raise OSError
    def test_skips(self): self.skipTest("not here")
    def test_two_subtests_fail(self):
        for i in range(2):
            with self.subTest(i): self.fail()
    @unittest.expectedFailure
    def test_passes_against_expectation(self): pass
class NoClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError
    def test_never_runs(self): pass
'''

INTERRUPTED = '''
import atexit, os, signal, time
import harness
class Cluster:
    name = "of-nothing"
    def collect_logs(self, name, objects=True): print("LOGS", name, objects)
class Some(harness.TestCase):
    clusters = [Cluster()]
    def test_1(self):
        with self.subTest("inside"):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(30)
    def test_2(self): print("NEXT")
    @classmethod
    def tearDownClass(cls): pass
atexit.register(print, "DOWN")
'''


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


class Unittest(unittest.TestCase):
    def test_counts_every_test_once(self):
        with tempfile.TemporaryDirectory() as folder:
            file, report = write(folder, "x_test.py", UNITTESTS), os.path.join(folder, "report.json")
            done = subprocess.run(["/usr/bin/python3", os.path.join(HERE, "run_unittest.py"), file, report],
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 1)
            counts = results.unittest_file(report)(False)
            with open(report, encoding="utf-8") as written:
                record = json.load(written)
        self.assertEqual((counts.passed, counts.failed, counts.skipped), (1, 5, 1), counts.names)
        self.assertEqual(set(record), {"name", "commit", "machine", "date", "params", "figures"})

    def test_a_file_that_cannot_be_loaded_leaves_no_report(self):
        with tempfile.TemporaryDirectory() as folder:
            file, report = write(folder, "x_test.py", "import nothing_of_this_name"), os.path.join(folder, "report.json")
            done = subprocess.run(["/usr/bin/python3", os.path.join(HERE, "run_unittest.py"), file, report],
                                  capture_output=True, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(results.unittest_file(report)(False), Counts(0, 0, 0))

    def test_an_end_to_end_file_that_is_asked_to_end_keeps_its_logs_and_begins_no_other_test(self):
        with tempfile.TemporaryDirectory() as folder:
            file, report = write(folder, "x_test.py", INTERRUPTED), os.path.join(folder, "report.json")
            done = subprocess.run(["/usr/bin/python3", os.path.join(HERE, "run_unittest.py"), file, report], text=True,
                                  capture_output=True, check=False, timeout=60,
                                  env=os.environ | {"PYTHONPATH": os.path.join(reports.REPOSITORY, "e2e")})
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stdout.splitlines(), ["LOGS Some.test_1 False", "DOWN"], done.stderr)
            self.assertEqual(results.unittest_file(report)(False), Counts(0, 0, 0))


class Benchmarks(unittest.TestCase):
    def test_one_over_its_bar_fails(self):
        row = {"run_name": "x", "time_unit": "us", "cpu_time": 21_000, "real_time": 30_000, "bar_ms": 20}
        for change, code in (({}, 1), ({"cpu_time": 19_000}, 0), ({"bar_ms": 22}, 0)):
            with self.subTest(change), tempfile.TemporaryDirectory() as folder:
                file = write(folder, "x.json", json.dumps({"context": {"executable": "x"}, "benchmarks": [dict(row, name="x") | change]}))
                script = "import sys, reports; reports.REPORTS = sys.argv.pop(1); reports.main()"
                done = subprocess.run([sys.executable, "-c", script, folder, "bench", "--google-benchmark", file], cwd=HERE,
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertTrue(os.path.exists(os.path.join(folder, "bench.json")))


class InstallDeps(unittest.TestCase):
    def test_an_archive_of_go_with_another_checksum_is_not_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            proxy, cache = os.path.join(folder, "proxy"), os.path.join(folder, "cache")
            versions = os.path.join(proxy, "golang.org", "toolchain", "@v")
            os.makedirs(versions)
            script = os.path.join(reports.REPOSITORY, "hack", "install-deps")
            with open(script, encoding="utf-8") as file:
                version = re.search(r"^go_version=(.*)$", file.read(), re.M).group(1)
            machine = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
            with zipfile.ZipFile(os.path.join(versions, f"v0.0.1-{version}.linux-{machine}.zip"), "w") as archive:
                archive.writestr(f"golang.org/toolchain@v0.0.1-{version}.linux-{machine}/bin/go", "#!/bin/sh\necho go1.999\n")
            done = subprocess.run([script], text=True, capture_output=True, check=False, timeout=120, env=os.environ | {
                "GO_SOURCES": "archive", "GO_DOWNLOADS": f"file://{proxy}", "GO_MINIMUM": "999", "PORTCULLIS_CACHE": cache})
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("the archive has the checksum h1:", done.stderr)
            self.assertIn("none of these has it", done.stderr)
            self.assertEqual(os.listdir(cache), [])


class Ctest(unittest.TestCase):
    def counts(self, junit, **programs):
        with tempfile.TemporaryDirectory() as folder:
            write(folder, results.JUNIT, f"<testsuite>{junit}</testsuite>")
            for name, cases in programs.items():
                suite = [{"name": "Suite", "testsuite": cases}]
                write(folder, f"{name}_test.json", json.dumps({"testsuites": suite}))
            return results.ctest(folder)(True)

    def test_counts_cases_of_googletest(self):
        cases = [{"name": "A", "status": "RUN", "result": "COMPLETED"},
                 {"name": "B", "status": "RUN", "result": "COMPLETED", "failures": [{"failure": "no"}]},
                 {"name": "C", "status": "RUN", "result": "SKIPPED"},
                 {"name": "D", "status": "NOTRUN", "result": "SUPPRESSED"}]
        counts = self.counts('<testcase name="base" status="fail"/>', base=cases)
        self.assertEqual(counts, Counts(1, 1, 2, ("Suite.B",)))

    def test_a_crash_after_all_cases_passed_is_a_failure(self):
        junit = '<testcase name="base" status="fail"><failure message="SEGFAULT"/></testcase>'
        counts = self.counts(junit, base=[{"name": "A", "status": "RUN", "result": "COMPLETED"}])
        self.assertEqual((counts.passed, counts.failed), (1, 1))

    def test_a_program_that_was_not_built_is_a_failure(self):
        counts = self.counts('<testcase name="base" status="notrun"><skipped message="no such file"/></testcase>')
        self.assertEqual((counts.passed, counts.failed, counts.skipped), (0, 1, 0))

    def test_another_program_counts_as_one(self):
        self.assertEqual(self.counts('<testcase name="json_fuzz" status="run"/>'), Counts(1, 0, 0))


class Running(unittest.TestCase):
    """Whole runs of harmless commands, with their reports in a folder of their own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        before = reports.REPORTS
        reports.REPORTS = folder.name
        self.addCleanup(setattr, reports, "REPORTS", before)

    def run_steps(self, *steps, **options):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            subject = Runner(steps, 0, **options)
            subject.run()
            code = subject.finish()
        return code, text.getvalue()

    def report(self, name):
        path = os.path.join(reports.REPORTS, f"{name}.json")
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def test_names_what_a_whole_run_leaves_out(self):
        _, text = self.run_steps(Step("a", "", 5, [["true"]]), left_out=["b", "c"])
        self.assertIn("not run, because nobody named them: b, c", text)
        self.assertEqual(self.report("test")["figures"]["not run"], ["b", "c"])

    def test_a_run_of_some_steps_leaves_the_report_of_the_whole_run_alone(self):
        self.run_steps(Step("a", "", 5, [["true"]]))
        self.run_steps(Step("b", "", 5, [["false"]]), report="test-some")
        self.assertEqual(self.report("test")["figures"]["failed"], 0)
        self.assertEqual(self.report("test-some")["figures"]["failed"], 1)

    def test_says_the_sum_alone_on_the_last_line(self):
        code, text = self.run_steps(Step("a", "", 5, [["true"]]), Step("b", "", 5, [["true"]]))
        self.assertEqual((code, text.splitlines()[-1]), (0, "2 passed, 0 failed"))

    def test_goes_on_after_a_failure_but_not_with_what_needs_it(self):
        code, text = self.run_steps(Step("a", "", 5, [["false"]]), Step("b", "", 5, [["true"]], needs=("a",)),
                                    Step("c", "", 5, [["true"]]))
        self.assertEqual((code, text.splitlines()[-1]), (1, "1 passed, 1 failed, 1 skipped"))

    def test_ends_a_step_at_twice_its_budget(self):
        code, text = self.run_steps(Step("a", "", 0.1, [["sleep", "60"]]))
        self.assertEqual(code, 1)
        self.assertIn("no end within twice its budget", text)

    def test_a_step_that_fails_without_a_failed_test_is_a_failure(self):
        code, text = self.run_steps(Step("a", "", 5, [["false"]], count=lambda ok: Counts(3, 0, 0)))
        self.assertEqual((code, text.splitlines()[-1]), (1, "3 passed, 1 failed"))

    def test_a_step_without_any_test_is_a_failure(self):
        code, text = self.run_steps(Step("a", "", 5, [["true"]], count=lambda ok: Counts(0, 0, 0)))
        self.assertEqual((code, text.splitlines()[-1]), (1, "0 passed, 1 failed"))


class Sbom(unittest.TestCase):
    """The document of an image of openssl, which needs libraries of several packages."""

    @staticmethod
    def made(folder, name):
        image, document = os.path.join(folder, f"{name}.tar"), os.path.join(folder, f"{name}.spdx.json")
        subprocess.run([os.path.join(reports.REPOSITORY, "hack", "image"), "--name", "docker.io/example/openssl:dev", "--entrypoint", "/openssl",
                        "--sbom", document, "--compiled-in", "libssl-dev", "/usr/bin/openssl", image], check=True, capture_output=True)
        with open(image, "rb") as tar, open(document, "rb") as text:
            return tar.read(), text.read()

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            cls.image, cls.text = cls.made(folder, "a")
            cls.again = cls.made(folder, "b")
        cls.document = json.loads(cls.text)
        cls.files = {entry["SPDXID"]: entry for entry in cls.document["files"]}
        cls.packages = {entry["SPDXID"]: entry for entry in cls.document["packages"]}
        cls.relations = {(one["spdxElementId"], one["relationshipType"], one["relatedSpdxElement"]) for one in cls.document["relationships"]}

    def test_the_same_input_gives_the_same_bytes(self):
        self.assertEqual((self.image, self.text), self.again)

    def test_it_is_of_this_image_and_has_each_of_its_files(self):
        archive = tarfile.open(fileobj=io.BytesIO(self.image))
        layer = tarfile.open(fileobj=archive.extractfile("layer.tar"))
        there = {f"./{entry.name}": hashlib.sha256(layer.extractfile(entry).read()).hexdigest() for entry in layer if entry.isfile()}
        told = {entry["fileName"]: entry["checksums"][1]["checksumValue"] for entry in self.files.values()}
        self.assertEqual(told, there)
        self.assertEqual(self.packages["SPDXRef-Image"]["checksums"][0]["checksumValue"], hashlib.sha256(self.image).hexdigest())

    def test_each_library_has_the_package_that_is_installed(self):
        libraries = {key for key, entry in self.files.items() if ".so" in entry["fileName"]}
        self.assertGreater(len(libraries), 2)
        owners = {file: self.packages[package] for package, kind, file in self.relations if kind == "CONTAINS" and package != "SPDXRef-Image"}
        self.assertEqual(set(owners), libraries)
        for package in owners.values():
            installed = subprocess.run(["dpkg-query", "--show", "--showformat", "${Version}", package["name"]], capture_output=True, text=True, check=True)
            self.assertEqual(package["versionInfo"], installed.stdout, package["name"])
            self.assertIn(("SPDXRef-Image", "CONTAINS", package["SPDXID"]), self.relations)

    def test_what_the_program_was_made_with_is_named(self):
        self.assertIn(("SPDXRef-File-openssl", "STATIC_LINK", "SPDXRef-Package-libssl-dev"), self.relations)

    def test_identifiers_are_unique_and_relations_have_both_ends(self):
        every = [entry["SPDXID"] for entry in self.document["files"] + self.document["packages"]]
        self.assertEqual(len(every), len(set(every)))
        self.assertLessEqual({end for one, _, other in self.relations for end in (one, other)}, {*every, "SPDXRef-DOCUMENT"})

    def test_a_file_that_no_package_owns_is_no_part_of_an_image(self):
        with tempfile.NamedTemporaryFile() as file, self.assertRaisesRegex(sbom.Unknown, "no package owns"):
            sbom.owner(file.name)


if __name__ == "__main__":
    unittest.main()
