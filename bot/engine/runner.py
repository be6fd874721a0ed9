"""Runs Rasa's component graph as a plain list of calls, planned once per set of targets."""

from __future__ import annotations

from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner


class PlainGraphRunner(DaskGraphRunner):
    """Same graph, same nodes, same results as `DaskGraphRunner`; no Dask and no plan per message."""

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """The outputs of the `targets` (default: all of the schema), given the placeholders' values."""
        wanted = tuple(targets or self._graph_schema.target_names)
        values: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, node, needs in self._plan(wanted):
            if name not in values:
                values[name] = node(*(values.get(need, need) for need in needs))
        return {name: values[name][1] for name in wanted}

    def _plan(self, targets: tuple[str, ...]) -> list[tuple[str, GraphNode, tuple[str, ...]]]:
        plans: dict[tuple[str, ...], list[tuple[str, GraphNode, tuple[str, ...]]]] = self.__dict__.setdefault(
            "_plans", {}
        )
        if targets not in plans:
            plans[targets] = self._sorted(targets)
        return plans[targets]

    def _sorted(self, targets: tuple[str, ...]) -> list[tuple[str, GraphNode, tuple[str, ...]]]:
        nodes, done, plan = self._graph_schema.nodes, set[str](), []

        def visit(name: str, above: tuple[str, ...]) -> None:
            if name in done or name not in nodes:
                return  # a placeholder: its value is among the inputs
            if name in above:
                raise GraphRunError(f"the graph goes round in a circle at {name}")
            for need in nodes[name].needs.values():
                visit(need, (*above, name))
            done.add(name)
            plan.append((name, self._instantiated_nodes[name], tuple(nodes[name].needs.values())))

        for target in targets:
            visit(target, ())
        return plan
