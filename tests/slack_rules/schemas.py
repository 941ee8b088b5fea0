"""Slack's own types as JSON Schemas: generated once a machine from the pinned npm packages, compiled once a run.

``node/slack.ts`` says which types, ``ts-json-schema-generator`` makes the schemas. A type that is a choice by its
``type`` becomes a chain of conditions, so that what is wrong is told of the one block that was meant, not of all.
"""

import json
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError
from jsonschema.exceptions import best_match

from sandbox.installing import once
from sandbox.node import NODE, install_packages

Json = dict[str, Any]
PACKAGES = Path(__file__).with_name("node")
_SOURCES = [PACKAGES / "package-lock.json", PACKAGES / "slack.ts", PACKAGES / "tsconfig.json"]
_GENERATOR = Path("ts-json-schema-generator") / "bin" / "ts-json-schema-generator.js"
_FLAGS = ("--tsconfig", "tsconfig.json", "--type", "*", "--expose", "all", "--jsDoc", "none", "--no-ref-encode")


def node_modules() -> Path:
    """Where the pinned packages are; only the first call on a machine takes long."""
    return install_packages(PACKAGES, "Slack's types and an emulator")


def problems(kind: str, value: Any) -> list[str]:
    """What the type of that name in ``node/slack.ts`` does not allow in the value, each with its place."""
    return [_told(error) for error in _validator(kind).iter_errors(value)]


@cache
def _validator(kind: str) -> Draft7Validator:
    return Draft7Validator({"$ref": f"#/definitions/{kind}", "definitions": definitions()})


@cache
def definitions() -> Json:
    """Every schema by its type's name."""
    path = _generated()
    schema: Json = json.loads(path.read_text())["definitions"]
    return {name: _by_type(node, schema) for name, node in schema.items()}


def _generated() -> Path:
    """The generated file; generated again when the types, what they are made of, or the packages have changed."""
    modules = node_modules()
    out = modules / ".slack.schema.json"

    def generate() -> None:
        command: list[str | Path] = [NODE, modules / _GENERATOR, "--path", "slack.ts", "--out", out, *_FLAGS]
        subprocess.run(command, cwd=PACKAGES, check=True, capture_output=True, text=True)

    once(modules / ".slack.schema.stamp", _SOURCES, generate)
    return out


def _told(error: ValidationError) -> str:
    """The deepest reason of an error, and where it is: ``blocks/0/text: 'txt' was unexpected``."""
    deepest = best_match([error]) or error
    return f"{'/'.join(map(str, deepest.absolute_path)) or '(top)'}: {deepest.message[:300]}"


def _by_type(node: Any, schema: Json) -> Any:
    """The same schema, where each choice whose members have a ``type`` of their own is decided by that."""
    if isinstance(node, list):
        return [_by_type(one, schema) for one in node]
    if not isinstance(node, dict):
        return node
    members = list(_members(node, schema)) if "anyOf" in node else []
    kinds = {kind for member in members for kind in _kinds(member)}
    if len(kinds) < 2 or not all(map(_kinds, members)):
        return {key: _by_type(value, schema) for key, value in node.items()}
    chain = [_condition(kind, members, schema) for kind in sorted(kinds)]
    named = {"type": "object", "required": ["type"], "properties": {"type": {"enum": sorted(kinds)}}}
    return {**named, "allOf": chain}


def _condition(kind: str, members: Iterable[Json], schema: Json) -> Json:
    meant = [_by_type(member, schema) for member in members if kind in _kinds(member)]
    told = {"required": ["type"], "properties": {"type": {"const": kind}}}
    return {"if": told, "then": meant[0] if len(meant) == 1 else {"anyOf": meant}}


def _members(node: Json, schema: Json) -> Iterator[Json]:
    """The alternatives of a choice, those of its choices included."""
    if "$ref" in node:
        yield from _members(schema[node["$ref"].removeprefix("#/definitions/")], schema)
    elif "anyOf" in node:
        for one in node["anyOf"]:
            yield from _members(one, schema)
    else:
        yield node


def _kinds(member: Json) -> list[str]:
    """The values that an object's ``type`` may have, where it must have one."""
    if "type" not in member.get("required", ()):
        return []
    kind = member["properties"]["type"]
    return [kind["const"]] if "const" in kind else list(kind.get("enum", ()))
