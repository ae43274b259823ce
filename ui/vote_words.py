"""What votes say, in sentences: who leads, who cannot be told apart, and whether the voters agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.votes.reliability import FIRM, MIN_SHARED, TENTATIVE, Agreement
from services.votes.standing import Standing
from ui import formats
from ui.i18n import _, ngettext

NAMED = 4
"""As many names as a sentence carries."""


def standing_sentence(found: Standing, names: Mapping[int, str]) -> str:
    """Who leads, and who may yet be as good: those whose interval reaches into the leader's."""
    if not found.ranking:
        return _("Nobody voted yet.")
    leader, first = found.ranking[0]
    rivals = [names[variant] for variant, s in found.ranking[1:] if s.high >= first.low]
    if not rivals:
        return _("{leader} is ahead of all others.").format(leader=names[leader])
    if len(rivals) == len(found.ranking) - 1:
        text = _("Too few votes to tell the variants apart yet. {leader} is in front so far.")
        return text.format(leader=names[leader])
    text = ngettext(
        "{leader} leads; {rivals} cannot be told apart from it yet.",
        "{leader} leads; {rivals} cannot be told apart from it yet.",
        len(rivals),
    )
    return text.format(leader=names[leader], rivals=listed(rivals))


def listed(names: Sequence[str]) -> str:
    """ "Variant 1, Variant 5 and 3 more"."""
    rest = len(names) - NAMED
    if rest > 0:
        return _("{names} and {count} others").format(names=", ".join(names[:NAMED]), count=rest)
    if len(names) < 2:
        return "".join(names)
    return _("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])


def votes_line(found: Standing) -> str:
    """ "12 votes by 3 people"."""
    votes = ngettext("{count} vote", "{count} votes", found.votes).format(count=formats.number(found.votes))
    people = ngettext("{votes} by {count} person", "{votes} by {count} people", found.people)
    return people.format(votes=votes, count=formats.number(found.people))


def voters_sentence(found: Standing) -> str:
    """Whether those who voted agree; "" while there is one of them."""
    if found.people < 2:
        return ""
    return agreement_sentence(found.agreement, _("The voters"), _("pairs"))


def agreement_sentence(found: Agreement, who: str, things: str) -> str:
    """Krippendorff's alpha in words. `who` judged `things`."""
    if found.alpha is None:
        if found.shared < MIN_SHARED:
            text = _("{who}: too little to tell whether they agree: {shared} of {needed} {things} were "
                     "judged by two or more.")  # fmt: skip
            return text.format(who=who, shared=found.shared, needed=MIN_SHARED, things=things)
        return _("{who} all said the same everywhere, so agreement cannot be measured.").format(who=who)
    return _degree(found).format(who=who)


def _degree(found: Agreement) -> str:
    alpha, low = found.alpha or 0.0, found.low or 0.0
    if alpha >= FIRM:
        return _("{who} agree well with each other.")
    if alpha >= TENTATIVE:
        return _("{who} mostly agree with each other.")
    if low > 0:
        return _("{who} agree a little more than chance would have it.")
    return _("{who} do not agree more than chance would have it.")


def agreement_figure(found: Agreement) -> str:
    """The exact figure and what it means, for those who ask."""
    figure = _("Krippendorff's alpha: {alpha} (95% interval {low} to {high}), from {shared} judged by two or "
               "more of {people} people. 1 is full agreement, 0 what chance gives. From {firm} on it carries "
               "conclusions, from {tentative} tentative ones.")  # fmt: skip
    return figure.format(
        alpha=formats.exact(found.alpha, 2), low=formats.exact(found.low, 2),
        high=formats.exact(found.high, 2), shared=found.shared, people=found.people, firm=FIRM,
        tentative=TENTATIVE,
    )  # fmt: skip
