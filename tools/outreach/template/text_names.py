"""The variables that a text uses, and those of them that must have a value."""

from jinja2 import nodes


def names_in(tree: nodes.Template) -> tuple[frozenset[str], frozenset[str]]:
    """The variables that a text uses, and those that it uses without anything in their place."""
    used: set[str] = set()
    bare: set[str] = set()
    own = _own_names(tree)

    def walk(node: nodes.Node, safe: frozenset[str]) -> None:
        if isinstance(node, nodes.Name):
            if node.name not in own:
                used.add(node.name)
                if node.name not in safe:
                    bare.add(node.name)
            return
        for child, also in _parts(node):
            walk(child, safe | also)

    walk(tree, frozenset())
    return frozenset(used), frozenset(bare)


def _own_names(tree: nodes.Template) -> set[str]:
    """The variables that a text sets itself."""
    own = {node.target.name for node in tree.find_all(nodes.Assign) if isinstance(node.target, nodes.Name)}
    own |= {name.name for loop in tree.find_all(nodes.For) for name in loop.target.find_all(nodes.Name)}
    return (
        own | {loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name)} | {"loop"}
    )


def _parts(node: nodes.Node) -> list[tuple[nodes.Node, frozenset[str]]]:
    """The parts of a node, each with the variables that are looked at there before, or may be empty there."""
    nothing: frozenset[str] = frozenset()
    if isinstance(node, nodes.Or):
        return [(node.left, _asked(node.left)), (node.right, nothing)]
    if isinstance(node, nodes.And):
        return [(node.left, _asked(node.left)), (node.right, _asked(node.left))]
    if isinstance(node, nodes.Not):
        return [(node.node, _asked(node.node))]
    if isinstance(node, nodes.If):
        asked = _asked(node.test)
        inside = [(each, asked) for each in node.body]
        return [(node.test, asked), *inside, *((each, nothing) for each in (*node.elif_, *node.else_))]
    if isinstance(node, nodes.CondExpr):
        asked = _asked(node.test)
        other = [] if node.expr2 is None else [(node.expr2, nothing)]
        return [(node.test, asked), (node.expr1, asked), *other]
    may_be_empty = isinstance(node, nodes.Test) or (
        isinstance(node, nodes.Filter) and node.name in ("default", "d") and node.node is not None
    )
    asked = _asked(next(iter(node.iter_child_nodes()), node)) if may_be_empty else nothing
    return [(child, asked) for child in node.iter_child_nodes()]


def _asked(node: nodes.Node) -> frozenset[str]:
    """The variables whose emptiness a question bears: those that stand there as they are."""
    if isinstance(node, nodes.Name):
        return frozenset({node.name})
    if isinstance(node, nodes.And | nodes.Or):
        return _asked(node.left) | _asked(node.right)
    if isinstance(node, nodes.Not | nodes.Test | nodes.Compare):
        inner = node.expr if isinstance(node, nodes.Compare) else node.node
        return _asked(inner)
    return frozenset()
