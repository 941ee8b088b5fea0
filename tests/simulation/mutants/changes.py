"""What can be changed at a statement of a parsed module; each function changes the tree in place."""

import ast

from tests.simulation.mutants.statements import Place


def drop(place: Place) -> None:
    place.body[place.index] = ast.copy_location(ast.Pass(), place.statement)


def swap(place: Place) -> None:
    body, index = place.body, place.index
    body[index], body[index + 1] = body[index + 1], body[index]


class _Equal(ast.NodeTransformer):
    """Every comparison of an ETag finds what it wants."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if "etag" not in ast.unparse(node).lower():
            return node
        wanted = not isinstance(node.ops[0], ast.NotEq | ast.NotIn)
        return ast.copy_location(ast.Constant(wanted), node)


def assume_equal(place: Place) -> None:
    place.body[place.index] = _Equal().visit(place.statement)


def do_last(place: Place) -> None:
    """The statement is done last of its block."""
    place.body.append(place.body.pop(place.index))


def prove_first(place: Place) -> None:
    """What is done when a ``try`` went well is done before it."""
    block = place.statement
    if isinstance(block, ast.Try) and block.orelse:
        place.body[place.index : place.index] = [*ast.parse("facts = {}").body, *block.orelse]
        block.orelse = [ast.Pass()]
