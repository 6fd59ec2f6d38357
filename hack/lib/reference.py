#!/usr/bin/python3
"""Prints docs/reference.md from the CustomResourceDefinition that is named: every field, what may stand there, and what it means."""

import re
import sys

import yaml

BOUNDS = (("minimum", "at least"), ("maximum", "at most"), ("minLength", "characters, at least"), ("maxLength", "characters, at most"),
          ("minItems", "entries, at least"), ("maxItems", "entries, at most"), ("maxProperties", "keys, at most"))


def text(value):
    return re.sub(r"\s+", " ", str(value)).strip().replace("|", "\\|")


def shape(schema):
    """string, int32, [string], map of string."""
    if schema.get("x-kubernetes-int-or-string"):
        return "integer or string"
    if schema.get("type") == "array":
        return f"[{shape(schema['items'])}]"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of {shape(schema['additionalProperties'])}"
    return schema.get("type", "any")


def literal(value):
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def limits(schema, required):
    """What may stand there, in words."""
    said = ["required"] if required else []
    if "default" in schema:
        said.append(f"default {literal(schema['default'])}" if not isinstance(schema["default"], (dict, list)) else "has a default")
    if "enum" in schema:
        said.append("one of " + ", ".join(literal(value) for value in schema["enum"]))
    said += [f"{words} {schema[key]}" for key, words in BOUNDS if key in schema]
    return "; ".join(said)


def messages(schema):
    return [rule["message"] for rule in schema.get("x-kubernetes-validations", []) if "message" in rule]


def rows(schema, path=""):
    for name, field in schema.get("properties", {}).items():
        at = f"{path}.{name}" if path else name
        told = re.sub(r" ?Default: \S+$", "", text(field.get("description", ""))) if "default" in field else text(field.get("description", ""))
        means = " ".join([told] + [f"*{text(message)}.*" for message in messages(field)])
        yield f"| `{at}` | {shape(field)} | {limits(field, name in schema.get('required', []))} | {means.strip()} |"
        inner = field["items"] if field.get("type") == "array" else field
        yield from rows(inner, at + ("[]" if field.get("type") == "array" else ""))


def section(heading, name, schema):
    lines = [f"## {heading}", "", text(schema.get("description", "")), ""]
    if rules := messages(schema):
        lines += [*(f"- {text(rule)}" for rule in rules), ""]
    if not schema.get("properties"):
        return lines
    return lines + ["| field | type | what may stand there | meaning |", "|---|---|---|---|", *rows(schema, name), ""]


def page(definition, source):
    version = definition["spec"]["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]
    spec, status = schema["properties"]["spec"], schema["properties"]["status"]
    simple = {name: field for name, field in spec["properties"].items() if not field.get("properties")}
    lines = [f"# {definition['spec']['names']['kind']}", "",
             f"`{definition['spec']['group']}/{version['name']}`, written by `hack/manifests` from [{source}](../{source}). In italics: what a value is refused with.",
             "What of it this version does, and what it refuses by name, is in the [README](../README.md#what-this-version-does).", "", text(schema["description"]), "",
             *(f"- {text(rule)}" for rule in messages(schema)), ""]
    lines += section("spec", "spec", {"description": spec["description"], "properties": simple, "required": spec.get("required", []),
                                      "x-kubernetes-validations": spec.get("x-kubernetes-validations", [])})
    for name, field in spec["properties"].items():
        if name not in simple:
            lines += section(f"spec.{name}", f"spec.{name}", field)
    return "\n".join(lines + section("status", "status", status)).rstrip() + "\n"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        print(page(yaml.safe_load(file), sys.argv[1]), end="")


if __name__ == "__main__":
    main()
