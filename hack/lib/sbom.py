"""What an image consists of, as an SPDX 2.3 document: its files with their sums, and the Debian packages that they, and the headers of the program, came from."""

import hashlib
import json
import os
import re
import subprocess
from urllib.parse import quote

CREATED = "1970-01-01T00:00:00Z"  # as in the image: the same input gives the same bytes


class Unknown(Exception):
    """No package owns this file."""


def dpkg(*arguments):
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    return subprocess.run(["dpkg-query", *arguments], capture_output=True, text=True, env=environment, check=False).stdout


def owner(path):
    """The installed package that a file of this machine came with, as dpkg names it."""
    real = os.path.realpath(path)
    # /lib is a link to /usr/lib, and dpkg knows a file by the name that its package gave it.
    for name in (path, real, re.sub(r"^/usr/", "/", real), f"/usr{path}"):
        for line in dpkg("--search", name).splitlines():
            if not line.startswith("diversion by"):
                return line.split(": ", 1)[0].split(",")[0]
    raise Unknown(f"no package owns {path}")


def fields_of(package):
    """Name, version, architecture and the source's name and version."""
    listed = dpkg("--show", "--showformat", "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n", package).splitlines()
    if not listed:
        raise Unknown(f"{package} is not installed")
    return listed[0].split("\t")


def release():
    """debian-12"""
    with open("/etc/os-release", encoding="utf-8") as file:
        named = dict(re.findall(r'^(\w+)="?(.*?)"?$', file.read(), re.M))
    return f"{named['ID']}-{named['VERSION_ID']}"


def spdx_id(kind, text):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.]", "-", text)


def package_entry(package):
    name, version, machine, source, source_version = fields_of(package)
    system = release()
    vendor = system.split("-", 1)[0]
    purl = f"pkg:deb/{vendor}/{quote(name)}@{quote(version)}?arch={machine}&distro={system}"
    return {"SPDXID": spdx_id("Package", name), "name": name, "versionInfo": version, "supplier": f"Organization: {vendor.capitalize()}",
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION", "sourceInfo": f"built from {source} {source_version}",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]}


def file_entry(path, content):
    sums = [{"algorithm": name, "checksumValue": hashlib.new(name, content).hexdigest()} for name in ("SHA1", "SHA256")]
    return {"SPDXID": spdx_id("File", path.lstrip("/")), "fileName": "." + path, "checksums": sums, "licenseConcluded": "NOASSERTION",
            "copyrightText": "NOASSERTION"}


def document(image, digest, files, origins, compiled_in, program):
    """The document's bytes. `files`: path in the image -> content; `origins`: path of a library in the image -> file of this
    machine; `compiled_in`: packages whose headers are part of the program; `program`: its path in the image."""
    name, tag = image.rsplit(":", 1)
    root = {"SPDXID": "SPDXRef-Image", "name": name, "versionInfo": tag, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "primaryPackagePurpose": "CONTAINER", "checksums": [{"algorithm": "SHA256", "checksumValue": digest}]}
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", root["SPDXID"])]
    packages, entries = {}, []
    for path in sorted(files):
        entry = file_entry(path, files[path])
        entries.append(entry)
        relations.append((root["SPDXID"], "CONTAINS", entry["SPDXID"]))
        if path in origins:
            package = owner(origins[path])
            if package not in packages:
                packages[package] = package_entry(package)
            relations.append((packages[package]["SPDXID"], "CONTAINS", entry["SPDXID"]))
    relations += [(root["SPDXID"], "CONTAINS", package["SPDXID"]) for package in packages.values()]
    for package in compiled_in:
        packages[package] = package_entry(package)
        relations.append((spdx_id("File", program.lstrip("/")), "STATIC_LINK", packages[package]["SPDXID"]))
    whole = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": image,
             "documentNamespace": f"https://spdx.org/spdxdocs/{name.rsplit('/', 1)[1]}-{digest}",
             "creationInfo": {"created": CREATED, "creators": ["Tool: hack/image"]},
             "packages": [root] + sorted(packages.values(), key=lambda package: package["name"]), "files": entries,
             "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                               for one, kind, other in sorted(set(relations))]}
    return (json.dumps(whole, indent=1, sort_keys=True) + "\n").encode()
