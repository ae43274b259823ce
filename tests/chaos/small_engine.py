"""Parts without models for the quick loop; all else is the studio's own: layouts, queue, files."""

from __future__ import annotations

from services.domain import Brief, ModelRef, Plan, SubQuery
from services.engines import Engine, Parts, use_engine, use_evaluator
from services.generation.compositor import LayoutCompositor
from services.parts import Progress
from services.storage.images import get_store
from tests.integration.evaluation_fakes import fake_evaluator
from tests.retrieval_fakes import ColourEncoder
from tests.unit.aim_fakes import fake_scorer


class ColourPlanner:
    """Two sub-queries that ColourEncoder understands."""

    ref = ModelRef("planner", "test")

    def plan(self, brief: Brief, progress: Progress | None = None) -> Plan:
        return Plan(brief.topic, (SubQuery("red", 0.5), SubQuery("blue", 0.5)), planner=self.ref)


def use_small_engine() -> None:
    use_engine(
        Engine(
            "lite",
            Parts(
                ColourPlanner, ColourEncoder, lambda: LayoutCompositor(source=get_store().open), fake_scorer
            ),
        )
    )
    use_evaluator(fake_evaluator()[0])
