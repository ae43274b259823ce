"""What a generator could not read is told above the variants that it made."""

from __future__ import annotations

from services import sessions, studio
from services.jobs.worker import StepContext
from services.messages import message
from tests.pages import seeds
from tests.pages.conftest import Open, words
from tests.pages.test_studio import work


def test_a_text_that_was_cut_is_named_above_the_variants(open_page: Open) -> None:
    session_id = seeds.session()

    def condition(context: StepContext) -> None:
        notice = message("{model} reads {limit} tokens.", model="Kandinsky 2.2", limit=77)
        context.set_result({"notices": [notice.to_json()]})

    studio.start_variants(session_id)
    work(condition=condition)
    app = open_page("pages/studio.py", s=session_id)
    assert not app.exception
    assert sessions.load(session_id).variants
    assert "Kandinsky 2.2 reads 77 tokens." in words(app)
