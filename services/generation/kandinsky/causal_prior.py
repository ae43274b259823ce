"""The prior's network with all that stays the same from step to step computed once. Exact, not approximate.

PriorTransformer reads [text tokens | text embedding | time | latent | answer] under a causal mask: no
token sees a later one. Time and latent, which change with every step, come after the text, so the keys
and values of the text are the same in all steps. They are computed in one pass over the texts, each once
however many rows share it, and a step then runs three tokens a row instead of 81. Padding tokens are
hidden from everyone by the mask, and are left out.

What is used are the loaded network's own layers. `fits` says whether it is built as expected; where it
is not, `services.generation.kandinsky.prior` calls the network whole, as diffusers does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.models.kandinsky_clip import TextStates

if TYPE_CHECKING:
    from torch import Tensor

MOVING = 3
"""Time, latent and answer: what a step computes."""

_HIDDEN = -10_000.0
"""What diffusers adds to the attention to a token that must not be seen; its softmax is 0."""


def fits(network: Any) -> bool:
    """Is `network` a PriorTransformer of the published build, with attention that nobody replaced?"""
    from diffusers.models.attention_processor import AttnProcessor2_0

    config = network.config
    return (
        config.added_emb_type == "prd"
        and config.encoder_hid_proj_type == "linear"
        and config.additional_embeddings == MOVING + 1
        and network.positional_embedding.shape[1] == config.num_embeddings + MOVING + 1
        and all(isinstance(p, AttnProcessor2_0) for p in network.attn_processors.values())
        and all(_block_fits(block) for block in network.transformer_blocks)
    )


def _block_fits(block: Any) -> bool:
    attention = block.attn1
    return (
        block.norm_type == "layer_norm"
        and block.attn2 is None
        and block.pos_embed is None
        and attention.norm_q is None
        and attention.norm_k is None
        and attention.group_norm is None
        and attention.rescale_output_factor == 1.0
        and not attention.residual_connection
    )


@dataclass
class _Memory:
    """Keys and values of one layer, (rows, heads, tokens, head). A step rewrites the last MOVING of them."""

    keys: Tensor
    values: Tensor


class CausalPrior:
    """The network over fixed texts: `step` is one pass."""

    def __init__(self, network: Any, states: TextStates, rows: Sequence[int]) -> None:
        """`states` of n different texts; `rows[i]` is the text of the i-th row."""
        import torch

        self._network = network
        self._length = int(states.mask.sum(dim=1).max())
        picked = torch.tensor(list(rows), device=states.mask.device)
        self._bias = self._bias_of(states.mask[:, : self._length])[picked]
        self._memories = self._read(states, picked)

    def step(self, latents: Tensor, time: Tensor) -> Tensor:
        """(rows, dim) predicted image embeddings, of latents (rows, dim) at one time (a scalar)."""
        import torch

        network, place = self._network, self._network.config.num_embeddings + 1
        times = network.time_embedding(network.time_proj(time[None]).to(latents.dtype))
        moving = torch.stack(
            [
                times.expand(len(latents), -1),
                network.proj_in(latents),
                network.prd_embedding[0].to(latents.dtype).expand(len(latents), -1),
            ],
            dim=1,
        )
        moving = self._placed(moving, slice(place, place + MOVING))
        for block, memory in zip(network.transformer_blocks, self._memories, strict=True):
            memory.keys[:, :, -MOVING:], memory.values[:, :, -MOVING:] = _keys_and_values(block, moving)
            moving = _through(block, moving, memory, self._bias)
        answer: Tensor = network.proj_to_clip_embeddings(network.norm_out(moving)[:, -1])
        return answer

    def _read(self, states: TextStates, picked: Tensor) -> list[_Memory]:
        """One pass over the texts; what later tokens will see of it, by layer."""
        import torch

        network, count = self._network, self._network.config.num_embeddings
        embedding = states.embeddings
        if network.embedding_proj_norm is not None:
            embedding = network.embedding_proj_norm(embedding)
        words = network.encoder_hidden_states_proj(states.hidden[:, : self._length])
        text = torch.cat(
            [
                self._placed(words, slice(0, self._length)),
                self._placed(network.embedding_proj(embedding)[:, None], slice(count, count + 1)),
            ],
            dim=1,
        )
        bias = self._text_bias(states.mask[:, : self._length])
        memories = []
        for block in network.transformer_blocks:
            own = _Memory(*_keys_and_values(block, text))
            memories.append(_Memory(_with_room(own.keys, picked), _with_room(own.values, picked)))
            text = _through(block, text, own, bias)
        return memories

    def _placed(self, tokens: Tensor, places: slice) -> Tensor:
        """With their positions, and through the first norm where the network has one."""
        network = self._network
        placed: Tensor = tokens + network.positional_embedding[:, places].to(tokens.dtype)
        return placed if network.norm_in is None else network.norm_in(placed)

    def _bias_of(self, mask: Tensor) -> Tensor:
        """(n, 1, MOVING, length + 1 + MOVING): what the moving tokens see of the text and of each other."""
        import torch

        unseen = (~mask).to(self._network.dtype) * _HIDDEN
        text = torch.nn.functional.pad(unseen, (0, 1))[:, None, :].expand(-1, MOVING, -1)
        own = _causal(MOVING, text)[None].expand(len(mask), -1, -1)
        return torch.cat([text, own], dim=2)[:, None]

    def _text_bias(self, mask: Tensor) -> Tensor:
        """(n, 1, length + 1, length + 1)"""
        import torch

        unseen = torch.nn.functional.pad((~mask).to(self._network.dtype) * _HIDDEN, (0, 1))
        return (unseen[:, None, :] + _causal(unseen.shape[1], unseen)[None])[:, None]


def _causal(size: int, like: Tensor) -> Tensor:
    import torch

    return torch.full((size, size), _HIDDEN, dtype=like.dtype, device=like.device).triu(1)


def _through(block: Any, tokens: Tensor, memory: _Memory, bias: Tensor) -> Tensor:
    """One layer: `tokens` look at all of `memory`, their own keys and values among it."""
    import torch

    attention = block.attn1
    queries = _heads(attention.to_q(block.norm1(tokens)), attention.heads)
    mixed = torch.nn.functional.scaled_dot_product_attention(
        queries, memory.keys, memory.values, attn_mask=bias
    )
    tokens = tokens + attention.to_out[0](mixed.transpose(1, 2).flatten(2))
    done: Tensor = tokens + block.ff(block.norm3(tokens))
    return done


def _keys_and_values(block: Any, tokens: Tensor) -> tuple[Tensor, Tensor]:
    attention, seen = block.attn1, block.norm1(tokens)
    return _heads(attention.to_k(seen), attention.heads), _heads(attention.to_v(seen), attention.heads)


def _heads(tokens: Tensor, heads: int) -> Tensor:
    """(n, count, width) to (n, heads, count, head)"""
    return tokens.view(*tokens.shape[:2], heads, -1).transpose(1, 2)


def _with_room(states: Tensor, rows: Tensor) -> Tensor:
    """The rows' copies, with places for the moving tokens at the end."""
    import torch

    return torch.nn.functional.pad(states[rows], (0, 0, 0, MOVING))
