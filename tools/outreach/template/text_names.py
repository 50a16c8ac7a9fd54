"""The variables that a text uses, and those of them that must have a value."""

from jinja2 import nodes


def names_in(tree: nodes.Template) -> tuple[frozenset[str], frozenset[str]]:
    """The variables that a text uses, and those that it uses without anything in their place."""
    names: set[str] = set()
    bare: set[str] = set()
    own = _own_names(tree)

    def walk(node: nodes.Node, safe: frozenset[str]) -> None:
        if isinstance(node, nodes.Name):
            if node.name not in own:
                names.add(node.name)
                if node.name not in safe:
                    bare.add(node.name)
            return
        for child, also in _parts(node):
            walk(child, safe | also)

    walk(tree, frozenset())
    return frozenset(names), frozenset(bare)


def _own_names(tree: nodes.Template) -> set[str]:
    """The variables that a text sets itself."""
    own = {node.target.name for node in tree.find_all(nodes.Assign) if isinstance(node.target, nodes.Name)}
    own |= {name.name for loop in tree.find_all(nodes.For) for name in loop.target.find_all(nodes.Name)}
    return (
        own | {loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name)} | {"loop"}
    )


def _parts(node: nodes.Node) -> list[tuple[nodes.Node, frozenset[str]]]:
    """The parts of a node, each with the variables that are looked at there before, or may be empty there."""
    no_names: frozenset[str] = frozenset()
    if isinstance(node, nodes.Or):
        return [(node.left, _tested_names(node.left)), (node.right, no_names)]
    if isinstance(node, nodes.And):
        return [(node.left, _tested_names(node.left)), (node.right, _tested_names(node.left))]
    if isinstance(node, nodes.Not):
        return [(node.node, _tested_names(node.node))]
    if isinstance(node, nodes.If):
        checked_names = _tested_names(node.test)
        inside = [(each, checked_names) for each in node.body]
        return [(node.test, checked_names), *inside, *((each, no_names) for each in (*node.elif_, *node.else_))]
    if isinstance(node, nodes.CondExpr):
        checked_names = _tested_names(node.test)
        other = [] if node.expr2 is None else [(node.expr2, no_names)]
        return [(node.test, checked_names), (node.expr1, checked_names), *other]
    may_be_empty = isinstance(node, nodes.Test) or (
        isinstance(node, nodes.Filter) and node.name in ("default", "d") and node.node is not None
    )
    checked_names = _tested_names(next(iter(node.iter_child_nodes()), node)) if may_be_empty else no_names
    return [(child, checked_names) for child in node.iter_child_nodes()]


def _tested_names(node: nodes.Node) -> frozenset[str]:
    """The variables whose emptiness a question bears: those that stand there as they are."""
    if isinstance(node, nodes.Name):
        return frozenset({node.name})
    if isinstance(node, nodes.And | nodes.Or):
        return _tested_names(node.left) | _tested_names(node.right)
    if isinstance(node, nodes.Not | nodes.Test | nodes.Compare):
        inner = node.expr if isinstance(node, nodes.Compare) else node.node
        return _tested_names(inner)
    return frozenset()
