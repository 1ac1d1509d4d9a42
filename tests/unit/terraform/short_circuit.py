"""Expressions that mean one thing where ``&&`` and ``||`` short-circuit, another where they don't.

OpenTofu, and Terraform from 1.12 on, leave the right operand alone once the left one decides:
https://github.com/hashicorp/terraform/blob/v1.12/CHANGELOG.md. Terraform before 1.12 evaluates
both, and an error in either fails the whole. So an error may neither be counted on nor shielded.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import hcl2
from lark import Token, Tree

Node = Tree[Token]

CATCHING = {"can", "try"}
TAKING_NULL = CATCHING | {"coalesce"}
LOGICAL = {"&&", "||"}
EQUALITY = {"==", "!="}


def depends_on_short_circuit(content: str) -> list[str]:
    """Return each expression whose value or failure hangs on what is evaluated, and why.

    Three kinds are found: a logical operator or a conditional whose errors ``try`` or ``can``
    catches; a right operand that fails on the null that the left one looks for; a right operand
    that takes an element whose being there the left one looks for.
    """
    tree = hcl2.parses_to_tree(content)
    return [*_caught(tree), *_guarded(tree)]


def _caught(tree: Node) -> Iterator[str]:
    for call in tree.find_data("function_call"):
        name, arguments = _call(call)
        if name not in CATCHING:
            continue
        # What try falls back to is not caught.
        watched = arguments[:-1] if name == "try" else arguments
        for part in chain.from_iterable(argument.iter_subtrees() for argument in watched):
            if part.data == "conditional" or (part.data == "binary_op" and _is(part, LOGICAL)):
                yield f"{name} catches what fails in `{_text(part)}`"


def _guarded(tree: Node) -> Iterator[str]:
    for operation in tree.find_data("binary_op"):
        if not _is(operation, LOGICAL):
            continue
        left, right = _operands(operation)
        for subject in set(_compared_with_null(left)):
            if _fails_on_null(right, subject):
                yield f"`{_text(right)}` fails where {subject} is null"
        for subject in set(_measured(left)):
            if f"{subject}[" in _text(right).replace(f"{subject}[*]", ""):
                yield f"`{_text(right)}` fails where {subject} is empty"


def _compared_with_null(tree: Node) -> Iterator[str]:
    for comparison in tree.find_data("binary_op"):
        if _is(comparison, EQUALITY):
            texts = [_text(operand) for operand in _operands(comparison)]
            if "null" in texts:
                yield from (text for text in texts if text != "null")


def _measured(tree: Node) -> Iterator[str]:
    for call in tree.find_data("function_call"):
        name, arguments = _call(call)
        if name == "length":
            yield _text(arguments[0])


def _fails_on_null(tree: Node, subject: str) -> bool:
    if tree.data == "function_call" and _call(tree)[0] in TAKING_NULL:
        return False
    if _refers_to(_text(tree), subject):
        return True
    below = [child for child in tree.children if isinstance(child, Tree)]
    if tree.data == "binary_op" and _is(tree, EQUALITY):
        below = [operand for operand in _operands(tree) if _text(operand) != subject]
    if tree.data == "full_splat_expr_term":
        below = [child for child in below if _text(child) != subject]
    return any(_fails_on_null(child, subject) for child in below)


def _refers_to(text: str, subject: str) -> bool:
    """Return whether an expression is the subject or something within it, but no splat of it."""
    rest = text.removeprefix(subject)
    return rest != text and not rest.strip(".[]_abcdefghijklmnopqrstuvwxyz0123456789")


def _call(call: Node) -> tuple[str, list[Node]]:
    name, *rest = (child for child in call.children if isinstance(child, Tree))
    arguments = [child for child in rest[0].children if isinstance(child, Tree)] if rest else []
    return _text(name), arguments


def _is(operation: Node, operators: set[str]) -> bool:
    return _text(_term(operation).children[0]) in operators


def _operands(operation: Node) -> tuple[Node, Node]:
    left, right = operation.children[0], _term(operation).children[-1]
    assert isinstance(left, Tree)
    assert isinstance(right, Tree)
    return left, right


def _term(operation: Node) -> Node:
    term = operation.children[1]
    assert isinstance(term, Tree)
    return term


def _text(node: Node | Token) -> str:
    if isinstance(node, Token):
        return str(node)
    if node.data == "new_line_or_comment":
        return ""
    return "".join(_text(child) for child in node.children).replace(" ", "")
