"""Review: each person's own, the team's in common, nobody's lost; and a trail that stays."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from db.repositories.people import PeopleRepository
from db.tables import Person as PersonRow
from services import audit, review, sessions
from services.database import unit_of_work
from services.domain import Decision
from services.errors import Conflict, InvalidInput, NotAllowed, NotFound
from services.jobs.views import ASIDE, INTERACTIVE, RunKind
from services.limits import COMMENT_CHARS, TAGS_PER_VARIANT
from services.people import NOBODY, Person, Role, act_as
from services.review.history import sentence
from services.sessions import SessionStatus
from tests.builders import a_brief, a_recipe, sha

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]

MINA = Person("mina", "Mina", Role.REVIEWER)
JOON = Person("joon", "Joon", Role.REVIEWER)
VERA = Person("vera", "Vera", Role.VIEWER)
REVIEW, APPROVED, REJECTED = SessionStatus.REVIEW, SessionStatus.APPROVED, SessionStatus.REJECTED


@pytest.fixture(autouse=True)
def team(home: object) -> None:
    """The people have rows, as after a sign-in."""
    with unit_of_work() as work:
        for person in (MINA, JOON, VERA):
            row = PersonRow(
                id=person.id, issuer="test", subject=person.id, name=person.name, role=person.role
            )
            PeopleRepository(work.session).add(row)
        work.commit()


def a_session(variants: int = 2, topic: str = "A hoodie", campaign: str = "Autumn") -> tuple[str, list[int]]:
    session_id = sessions.create(a_brief(topic), campaign)
    return session_id, [add_variant(session_id, n) for n in range(variants)]


def add_variant(session_id: str, number: int) -> int:
    recipe = a_recipe(number)
    return sessions.save_variant(session_id, None, number, recipe, sha(f"{session_id}{number}"), 8, 8)


@contextmanager
def queries() -> Iterator[list[str]]:
    said: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield said
    event.remove(Engine, "before_cursor_execute", note)


def said(session_id: str) -> list[tuple[str, str]]:
    return [(e.person, str(e.what)) for e in review.history(session_id)]


# --- stars ---


def test_stars_are_each_persons_own() -> None:
    session_id, (first, second) = a_session()
    for person, stars in ((MINA, 5), (JOON, 2)):
        with act_as(person):
            review.rate(first, stars)
    with act_as(JOON):
        marks = review.load(session_id).of(first)
    assert (marks.stars, marks.raters, marks.own) == (3.5, 2, 2)
    assert review.load(session_id).of(first).own is None  # this computer gave none
    assert review.load(session_id).of(second) == review.NO_MARKS


def test_stars_can_be_changed_and_taken_back() -> None:
    session_id, (first, _) = a_session()
    with act_as(MINA):
        for stars in (3, 4, 4, None):
            review.rate(first, stars)
        assert review.load(session_id).of(first).stars is None
    acts = [e for e in audit.entries(session_id=session_id) if e.action.startswith("variant.")]
    assert [(e.action, e.details) for e in acts] == [
        ("variant.unrated", {"stars": None, "was": 4}),
        ("variant.rated", {"stars": 4, "was": 3}),
        ("variant.rated", {"stars": 3, "was": None}),
    ]


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_there_are_one_to_five_stars(stars: int) -> None:
    session_id, (first, _) = a_session()
    with pytest.raises(InvalidInput, match="one to 5"):
        review.rate(first, stars)
    assert review.load(session_id).of(first).stars is None


def test_two_people_rating_at_once_lose_nothing() -> None:
    session_id, ids = a_session(4)

    def all_of(person: Person, stars: int) -> None:
        with act_as(person):
            for variant in ids:
                review.rate(variant, stars)

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(all_of, p, s) for p, s in ((MINA, 1), (JOON, 5), (MINA, 1), (JOON, 5))]
        for job in jobs:
            job.result()
    seen = review.load(session_id)
    assert [(seen.of(i).stars, seen.of(i).raters) for i in ids] == [(3.0, 2)] * 4


# --- pick, shortlist, tags ---


def test_a_pick_from_what_was_seen_does_not_overrule_another() -> None:
    session_id, (first, _) = a_session()
    with act_as(MINA):
        review.decide(first, Decision.PICKED, seen=None)
    with act_as(JOON):
        with pytest.raises(Conflict, match="Mina picked this variant"):
            review.decide(first, Decision.REJECTED, seen=None)
        review.decide(first, Decision.PICKED, seen=None)  # the same word twice is no quarrel
        review.decide(first, Decision.REJECTED, seen=Decision.PICKED)
    assert review.load(session_id).of(first).decision is Decision.REJECTED
    assert said(session_id)[:2] == [("Joon", "rejected variant 1"), ("Mina", "picked variant 1")]


def test_the_shortlist_is_the_teams() -> None:
    session_id, (first, second) = a_session()
    for person in (MINA, JOON):
        with act_as(person):
            review.shortlist(first, True)
    seen = review.load(session_id)
    assert (seen.of(first).shortlisted, seen.of(second).shortlisted) == (True, False)
    assert said(session_id)[0] == ("Mina", "put variant 1 on the shortlist")
    review.shortlist(first, False)
    assert not review.load(session_id).of(first).shortlisted


def test_tags_are_spelt_as_the_campaign_spells_them() -> None:
    session_id, (first, second) = a_session()
    _other, (third, _) = a_session(topic="A coat", campaign="Winter")
    assert review.add_tag(first, "  #Warm\n light ") == "Warm light"
    assert review.add_tag(second, "warm LIGHT") == "Warm light"
    assert review.add_tag(third, "warm LIGHT") == "warm LIGHT"  # another campaign, its own words
    review.add_tag(first, "busy")
    assert review.load(session_id).of(first).tags == ("busy", "Warm light")
    assert review.tags_in_use(sessions.load(session_id).campaign_id) == ["Warm light", "busy"]
    assert set(review.tags_in_use()) == {"Warm light", "busy", "warm LIGHT"}
    review.remove_tag(first, "busy")
    review.remove_tag(first, "busy")
    assert review.load(session_id).of(first).tags == ("Warm light",)
    assert [s for _, s in said(session_id)].count("took the tag “busy” off variant 1") == 1


def test_a_tag_is_a_word_and_there_are_not_too_many() -> None:
    session_id, (first, _) = a_session()
    for text_ in ("", " # ", "x" * 41):
        with pytest.raises(InvalidInput):
            review.add_tag(first, text_)
    for n in range(TAGS_PER_VARIANT):
        review.add_tag(first, f"tag {n}")
    with pytest.raises(InvalidInput, match="at most"):
        review.add_tag(first, "one more")
    review.add_tag(first, "TAG 3")  # it is there already
    assert len(review.load(session_id).of(first).tags) == TAGS_PER_VARIANT


# --- comments ---


def test_comments_and_answers_make_threads() -> None:
    session_id, (first, _) = a_session()
    with act_as(MINA):
        head = review.comment(session_id, "The dog looks left.\n\n\n\nFlip it?", first)
        whole = review.comment(session_id, "Good batch")
    with act_as(JOON):
        reply = review.answer(head, "<b>Yes</b> \u202eplease")
        review.answer(reply, "an answer to an answer")
    seen = review.load(session_id)
    one, two = seen.remarks
    assert (one.person, one.text, one.variant_id) == ("Mina", "The dog looks left.\n\nFlip it?", first)
    assert [(a.person, a.text, a.answers) for a in one.answers] == [
        ("Joon", "<b>Yes</b> please", ()),
        ("Joon", "an answer to an answer", ()),
    ]
    assert (two.id, two.variant_id, two.answers) == (whole, None, ())
    assert seen.of(first).comments == 3
    assert seen.people == ("Joon", "Mina", "This computer")


def test_a_comment_says_something_about_something() -> None:
    session_id, _ = a_session()
    _other, (foreign, _) = a_session(topic="A coat")
    with pytest.raises(InvalidInput, match="Write something"):
        review.comment(session_id, " \n\t ")
    with pytest.raises(InvalidInput, match="Shorten it"):
        review.comment(session_id, "x" * (COMMENT_CHARS + 1))
    with pytest.raises(NotFound):
        review.comment(session_id, "Nice", foreign)
    with pytest.raises(NotFound):
        review.comment("nosuch", "Nice")
    with pytest.raises(NotFound):
        review.answer(404, "Nice")
    assert review.load(session_id).remarks == ()


def test_only_ones_own_unanswered_comment_can_be_taken_back() -> None:
    session_id, _ = a_session()
    with act_as(MINA):
        first, second = review.comment(session_id, "one"), review.comment(session_id, "two")
    with act_as(JOON):
        with pytest.raises(NotAllowed):
            review.remove_comment(first)
        review.answer(second, "indeed")
    with act_as(MINA):
        review.remove_comment(first)
        with pytest.raises(InvalidInput, match="has answers"):
            review.remove_comment(second)
    assert [r.text for r in review.load(session_id).remarks] == ["two"]
    assert said(session_id)[0] == ("Mina", "took a comment back")


# --- status ---


def test_a_session_is_approved_by_name_and_time() -> None:
    session_id, _ = a_session()
    with act_as(MINA):
        review.set_status(session_id, APPROVED, seen=REVIEW)
    seen = review.load(session_id)
    assert (seen.status, seen.decided_by, seen.made_by) == (APPROVED, "Mina", "This computer")
    assert seen.decided_at is not None
    assert sessions.load(session_id).status == "approved"
    assert said(session_id)[0] == ("Mina", "approved the session")


def test_whoever_decides_second_is_told_who_was_first() -> None:
    session_id, _ = a_session()
    with act_as(MINA):
        review.set_status(session_id, APPROVED, seen=REVIEW)
    with act_as(JOON), pytest.raises(Conflict, match="Mina approved this session"):
        review.set_status(session_id, REJECTED, seen=REVIEW)
    assert review.load(session_id).status is APPROVED
    with act_as(JOON):
        review.set_status(session_id, REVIEW, seen=APPROVED)
    assert review.load(session_id).decided_by == "Joon"


def test_of_many_words_at_once_one_counts() -> None:
    session_id, _ = a_session()

    def decide(person: Person, status: SessionStatus) -> bool:
        with act_as(person):
            try:
                review.set_status(session_id, status, seen=REVIEW)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(decide, p, s) for p, s in [(MINA, APPROVED), (JOON, REJECTED)] * 3]
        counted = sum(job.result() for job in jobs)
    decided = audit.entries(session_id=session_id, action="session.")
    assert counted == 1
    assert len([e for e in decided if e.action != "session.created"]) == 1


def test_a_persons_word_outlasts_new_variants_and_they_are_marked() -> None:
    session_id, (first, _) = a_session()
    review.set_status(session_id, APPROVED, seen=REVIEW)
    late = add_variant(session_id, 7)
    seen = review.load(session_id)
    assert seen.status is APPROVED
    assert (seen.of(first).after, seen.of(late).after, seen.made_after) == (False, True, 1)
    review.set_status(session_id, REVIEW, seen=APPROVED)
    assert review.load(session_id).made_after == 0
    review.set_status(session_id, APPROVED, seen=REVIEW)
    assert review.load(session_id).made_after == 0


def test_a_picture_made_anew_is_not_covered_by_the_approval() -> None:
    session_id, (first, _) = a_session()
    review.set_status(session_id, APPROVED, seen=REVIEW)
    sessions.save_variant(session_id, None, 0, a_recipe(0), sha("other pixels"), 8, 8)
    assert review.load(session_id).of(first).after


def test_a_draft_by_hand_waits_for_new_variants() -> None:
    session_id, _ = a_session()
    review.set_status(session_id, SessionStatus.DRAFT, seen=REVIEW)
    assert review.load(session_id).decided_by == "This computer"
    add_variant(session_id, 7)
    seen = review.load(session_id)
    assert (seen.status, seen.decided_by, seen.decided_at) == (REVIEW, None, None)


def test_there_is_nothing_to_approve_without_variants() -> None:
    session_id, _ = a_session(0)
    with pytest.raises(InvalidInput, match="no variant to decide on"):
        review.set_status(session_id, APPROVED, seen=SessionStatus.DRAFT)
    assert review.load(session_id).status is SessionStatus.DRAFT


# --- roles, trail, speed ---


def changes(session_id: str, variant: int, comment: int) -> list[Callable[[], object]]:
    return [
        lambda: review.rate(variant, 3),
        lambda: review.decide(variant, Decision.PICKED),
        lambda: review.shortlist(variant, True),
        lambda: review.add_tag(variant, "warm"),
        lambda: review.remove_tag(variant, "cold"),
        lambda: review.comment(session_id, "hello"),
        lambda: review.answer(comment, "hello"),
        lambda: review.remove_comment(comment),
        lambda: review.set_status(session_id, APPROVED, seen=REVIEW),
    ]


@pytest.mark.parametrize("person", [VERA, NOBODY], ids=["viewer", "nobody"])
def test_a_viewer_changes_nothing_by_any_call(person: Person) -> None:
    session_id, (first, _) = a_session()
    review.add_tag(first, "cold")
    comment = review.comment(session_id, "one")
    before, trail = review.load(session_id), said(session_id)
    for change in changes(session_id, first, comment):
        with act_as(person), pytest.raises(NotAllowed):
            change()
    assert review.load(session_id) == before
    assert said(session_id) == trail


def test_nobody_does_not_even_look() -> None:
    session_id, _ = a_session()
    with act_as(NOBODY):
        for look in (review.load, review.version, review.history):
            with pytest.raises(NotAllowed):
                look(session_id)


def test_every_change_leaves_one_sentence_and_moves_the_version() -> None:
    session_id, (first, _) = a_session()
    review.add_tag(first, "cold")
    answered, alone = review.comment(session_id, "one"), review.comment(session_id, "two")
    for change in [*changes(session_id, first, answered)[:7], lambda: review.remove_comment(alone)]:
        version, count = review.version(session_id), len(said(session_id))
        change()
        assert review.version(session_id) > version
        assert len(said(session_id)) == count + 1
    assert "did this" not in str(said(session_id))


@pytest.mark.parametrize("statement", ["UPDATE audit SET person_name = 'Joon'", "DELETE FROM audit"])
def test_nobody_rewrites_the_history(statement: str) -> None:
    session_id, (first, _) = a_session()
    with act_as(MINA):
        review.decide(first, Decision.PICKED)
    before = said(session_id)
    with unit_of_work() as work, pytest.raises(DBAPIError, match="cannot be changed"):
        work.session.execute(text(statement))
    assert said(session_id) == before


def test_the_history_reads_on() -> None:
    session_id, (first, _) = a_session()
    for stars in (1, 2, 3):
        review.rate(first, stars)
    newest = review.history(session_id, limit=2)
    older = review.history(session_id, before=newest[-1].id)
    assert [str(e.what) for e in (*newest, *older)] == [
        "rated variant 1: 3 of 5 stars",
        "rated variant 1: 2 of 5 stars",
        "rated variant 1: 1 of 5 stars",
        "made this session",
    ]


def test_a_review_is_read_in_a_fixed_number_of_queries() -> None:
    counts = []
    for variants in (1, 12):
        session_id, ids = a_session(variants, f"A hoodie {variants}")
        for variant in ids:
            review.rate(variant, 4)
            review.add_tag(variant, f"tag {variant}")
            review.comment(session_id, "one", variant)
        with queries() as asked:
            review.load(session_id)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 8


def test_a_click_is_fast() -> None:
    session_id, ids = a_session(12)
    clicks: list[Callable[[int], object]] = [
        lambda v: review.rate(v, 5),
        lambda v: review.decide(v, Decision.PICKED, seen=None),
        lambda v: review.shortlist(v, True),
        lambda v: review.add_tag(v, "warm"),
        lambda v: review.load(session_id),
    ]
    for click in clicks:
        times = []
        for variant in ids:
            begun = time.perf_counter()
            click(variant)
            times.append(time.perf_counter() - begun)
        assert sorted(times)[len(times) // 2] < 0.2  # a few ms alone; the machine may be busy


# --- finding sessions ---


def test_sessions_are_found_by_person_and_tag() -> None:
    _made, (first, _) = a_session(topic="made")
    _rated, (second, _) = a_session(topic="rated")
    talked, _ = a_session(topic="talked about")
    decided, _ = a_session(topic="decided")
    a_session(topic="none of these")
    with act_as(MINA):
        review.rate(second, 4)
        review.comment(talked, "hm")
        review.set_status(decided, APPROVED, seen=REVIEW)
    review.add_tag(first, "warm")

    def topics(**wanted: str) -> list[str]:
        return sorted(card.topic for card in sessions.search(**wanted).cards)  # type: ignore[arg-type]

    assert topics(person_id="mina") == ["decided", "rated", "talked about"]
    assert topics(person_id="joon") == []
    assert len(topics(person_id="local")) == 5
    assert topics(tag="warm") == ["made"]
    assert topics(status="approved") == ["decided"]
    assert set(review.people().values()) == {"Mina", "Joon", "Vera", "This computer"}


def test_everything_that_is_recorded_of_a_session_has_words() -> None:
    root = Path(review.__file__).parents[1]
    source = "".join(path.read_text() for path in root.rglob("*.py") if path.name != "audit.py")
    actions = set(re.findall(r'"((?:session|variant|comment)\.[a-z]+)"', source))
    of_none = (RunKind.LIBRARY, RunKind.MODELS, RunKind.BACKUP, RunKind.EXPERIMENT)
    untold = (*INTERACTIVE, *ASIDE, *of_none)  # not recorded, or of no session
    actions |= {f"run.{kind}" for kind in RunKind if kind not in untold}
    assert len(actions) > 20
    for action in actions:
        details = {"stars": 4, "tag": "warm"}
        entry = audit.Entry(1, datetime.now(UTC), "p", "P", action, None, "s", 7, details)
        assert "did this" not in str(sentence(entry, 7)), action
