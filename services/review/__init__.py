"""Review: what the team says about a session and its variants, and who said it.

    review.rate(variant_id, 4)                                # one's own stars
    review.decide(variant_id, Decision.PICKED, seen=None)     # the team's word
    review.comment(session_id, "The dog looks left.", variant_id)
    review.set_status(session_id, SessionStatus.APPROVED, seen=SessionStatus.REVIEW)
    seen = review.load(session_id)                            # all of it, in a fixed number of queries

Every change asks for the role first and leaves an audit entry in the same transaction. Stars are each
person's own; what is the team's (pick, status) is changed from what was seen: whoever comes second is
told who was first, and nothing is lost.
"""

from services.review.comments import answer, comment, remove_comment
from services.review.history import Event, history
from services.review.load import load, people, tags_in_use, version
from services.review.marks import add_tag, decide, rate, remove_tag, shortlist
from services.review.status import set_status
from services.review.views import NO_MARKS, Marks, Remark, SessionReview

__all__ = [
    "NO_MARKS",
    "Event",
    "Marks",
    "Remark",
    "SessionReview",
    "add_tag",
    "answer",
    "comment",
    "decide",
    "history",
    "load",
    "people",
    "rate",
    "remove_comment",
    "remove_tag",
    "set_status",
    "shortlist",
    "tags_in_use",
    "version",
]
