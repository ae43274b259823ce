"""Coverage on the full engine: BLIP-2 is asked, and answers with the probability of "yes".

"Question: does this image show {sub-query}? Answer:", then p(yes) / (p(yes) + p(no)) from the logits of
the first token. TIFA (Hu et al., 2023) measured how questions to BLIP-2 agree with people: 0.56, where
comparing captions gives 0.33 or less. BLIP-2 leans towards yes: read the share as a guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.aim.coverage import Measure, Pair
from services.domain import ModelRef
from services.errors import EngineUnavailable
from services.messages import N_
from services.models.blip2 import Blip2, first_token_logits, picture_features

if TYPE_CHECKING:
    from torch import Tensor

QUESTION = "Question: does this image show {subquery}? Answer:"
_WORDING = "1"
"""Changes with QUESTION: answers to another question are other values."""

VISIBLE = 0.5
"""As likely yes as no."""

YES = (" yes", " Yes", "yes", "Yes")
NO = (" no", " No", "no", "No")


class Blip2Coverage:
    """CoverageChecker over BLIP-2."""

    measure = Measure.PROBABILITY
    threshold = VISIBLE

    def __init__(self, blip2: Blip2) -> None:
        self._blip2 = blip2

    @property
    def ref(self) -> ModelRef:
        ref = self._blip2.ref
        return ModelRef("coverage", ref.id, f"{ref.revision}, question {_WORDING}")

    def values(self, pairs: Sequence[Pair]) -> list[float]:
        """p(yes) over p(yes) + p(no) of each pair, 0..1. Each picture is looked at once.

        Raises EngineUnavailable for a model whose words cannot say yes or no.
        """
        import torch

        if not pairs:
            return []
        images = list({id(image): image for image, _ in pairs}.values())
        rows = {id(image): row for row, image in enumerate(images)}
        with self._blip2.opened() as opened, torch.inference_mode():
            logits = first_token_logits(
                opened,
                picture_features(opened, images),
                [rows[id(image)] for image, _ in pairs],
                [question(text) for _, text in pairs],
            )
            return [float(value) for value in yes_share(logits, opened.processor.tokenizer)]


def question(subquery: str) -> str:
    """The prompt for a sub-query: one line, without the end mark it may carry."""
    return QUESTION.format(subquery=" ".join(subquery.split()).rstrip(".!?,;: "))


def yes_share(logits: Tensor, tokenizer: Any) -> Tensor:
    """(n,) probability of yes among yes and no, from (n, vocabulary) logits."""
    import torch

    yes, no = answer_tokens(tokenizer)
    return torch.sigmoid(logits[:, yes].logsumexp(dim=1) - logits[:, no].logsumexp(dim=1))


def answer_tokens(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The tokens that say yes, and those that say no: all spellings that are one token by themselves.

    A spelling in pieces is left out: its first piece, a space or a letter, begins other words too.
    Raises EngineUnavailable when no spelling of a word is left.
    """
    found = (_single_tokens(tokenizer, YES), _single_tokens(tokenizer, NO))
    both = set(found[0]) & set(found[1])
    yes, no = ([token for token in tokens if token not in both] for tokens in found)
    if not yes or not no:
        raise EngineUnavailable(N_("This caption model has no words for yes and no: choose another BLIP-2."))
    return yes, no


def _single_tokens(tokenizer: Any, spellings: Sequence[str]) -> list[int]:
    pieces = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in spellings]
    known = {ids[0] for ids in pieces if len(ids) == 1}
    return sorted(known - {tokenizer.unk_token_id})
