"""Runs Rasa's component graph as a plain list of calls, planned once per set of targets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner

Step = tuple[str, Callable[[dict[str, Any]], Any], tuple[tuple[str, str], ...]]  # node, call, argument and its node


class PlainGraphRunner(DaskGraphRunner):
    """Same graph, same nodes, same results as `DaskGraphRunner`; no Dask and no plan per message."""

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The outputs of the `targets` (default: all of the schema), given the placeholders' values."""
        wanted = tuple(targets or self._graph_schema.target_names)
        values: dict[str, Any] = dict(inputs or {})
        for name, call, needs in self._plan(wanted):
            if name not in values:
                values[name] = call({argument: values[need] for argument, need in needs})
        return {name: values[name] for name in wanted}

    def _plan(self, targets: tuple[str, ...]) -> list[Step]:
        plans: dict[tuple[str, ...], list[Step]] = self.__dict__.setdefault("_plans", {})
        if targets not in plans:
            plans[targets] = self._sorted(targets)
        return plans[targets]

    def _sorted(self, targets: tuple[str, ...]) -> list[Step]:
        nodes, done, plan = self._graph_schema.nodes, set[str](), []

        def visit(name: str, above: tuple[str, ...]) -> None:
            if name in done or name not in nodes:
                return  # a placeholder: its value is among the inputs
            if name in above:
                raise GraphRunError(f"the graph goes round in a circle at {name}")
            for need in nodes[name].needs.values():
                visit(need, (*above, name))
            done.add(name)
            plan.append((name, _call(self._instantiated_nodes[name]), tuple(nodes[name].needs.items())))

        for target in targets:
            visit(target, ())
        return plan


def _call(node: GraphNode) -> Callable[[dict[str, Any]], Any]:
    """The component's function itself, for a loaded node without hooks."""
    if node._eager and not node._hooks:
        return partial(_straight, node._fn, node._component)
    return partial(_through, node)


def _straight(function: Callable[..., Any], component: Any, arguments: dict[str, Any]) -> Any:
    return function(component, **arguments)


def _through(node: GraphNode, arguments: dict[str, Any]) -> Any:
    inputs = node._inputs.items()
    return node(*((needed, arguments[argument]) for argument, needed in inputs))[1]
