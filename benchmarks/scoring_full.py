"""What batching and caching are worth on the reference models, as ratios, in one run.

    python -m benchmarks.scoring_full [--pictures 16] [--side 1080]

True-size CLIP ViT-B/32 and AlexNet LPIPS, and a mid-size BLIP-2, all with random weights: what a forward
pass costs does not depend on their values, and nothing needs to be downloaded. "As a notebook writes it"
is the code of the libraries' own examples, picture by picture: processor and text anew each time, LPIPS
on the pair, `generate` on one picture. Both sides read the same files and compute the same numbers
(the largest difference is printed). Each measurement is the best of --rounds: the machine may be busy.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image, ImageFilter

from benchmarks._random_models import save_blip2, save_clip
from services.aim.caption_blip2 import Blip2Captioner
from services.aim.clip_transformers import ClipTransformers
from services.aim.lpips_alexnet import AlexNetLpips, load_network
from services.aim.pictures import StoredCandidate, decoded
from services.aim.scorer import Scorer
from services.domain import ModelRef
from services.models.blip2 import Blip2
from services.models.clip import Clip

Result = TypeVar("Result")

TOPIC = "A dog in a yellow hoodie"
PROMPT = (
    "A cute dog wearing yellow hoodie sits on a stylish sofa, gazing around in a warm and cozy living room. "
    "Soft lighting fills the space, casting gentle shadows on the plush cushions. The atmosphere feels calm "
    "and inviting, with a sense of comfort and warmth."
)
"""The study's own product text, 46 words: what AIM is given, not a caption of five."""

CAPTION_TOKENS = 30


def main() -> None:
    arguments = parse()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [drawing(folder, seed, arguments.side) for seed in range(arguments.pictures)]
        models = Models(folder)
        print(f"{len(files)} pictures of {arguments.side} px, random weights, {threads()}")
        print(f"{'':34}{'one by one':>12}{'together':>10}{'ratio':>9}{'differs by':>12}")
        images_and_text(models, files, arguments.rounds)
        captions(models, files, arguments.rounds)
        again(models, files)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--side", type=int, default=1080, help="px of the drawn pictures")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many is printed")
    return parser.parse_args()


class Models:
    """The product's own wrappers over random weights saved to `folder`, and the bare parts of them."""

    def __init__(self, folder: Path) -> None:
        from transformers import CLIPModel, CLIPProcessor

        self.clip = Clip(str(save_clip(folder / "clip", PROMPT)), device="cpu")
        self.blip2 = Blip2(str(save_blip2(folder / "blip2")), device="cpu")
        self.plain_clip = CLIPModel.from_pretrained(folder / "clip").eval()  # as a notebook loads it
        self.processor = CLIPProcessor.from_pretrained(folder / "clip")
        self.clip.load()
        self.blip2.load()
        self.lpips = AlexNetLpips()
        self.package = load_network()


def images_and_text(models: Models, files: list[Path], rounds: int) -> None:
    """CLIP score and LPIPS of all pictures against the first."""

    def together() -> list[float]:
        # A fresh wrapper each time: it keeps neither the text's embedding nor the reference's features.
        lpips = AlexNetLpips(load=lambda: models.package)
        images = all_opened(files)
        return ClipTransformers(models.clip).similarities(images, PROMPT) + lpips.distances(images, images[0])

    def one_by_one() -> list[float]:
        cosines = [notebook_clip(models.plain_clip, models.processor, path) for path in files]
        return cosines + [notebook_lpips(models.package, path, files[0]) for path in files]

    compare("CLIP ViT-B/32 and LPIPS", one_by_one, together, rounds)


def captions(models: Models, files: list[Path], rounds: int) -> None:
    """A caption of each picture, always CAPTION_TOKENS long."""
    with models.blip2.opened() as blip2:
        blip2.network.generation_config.min_new_tokens = CAPTION_TOKENS
        blip2.network.generation_config.max_new_tokens = CAPTION_TOKENS

    def together() -> list[str]:
        return Blip2Captioner(models.blip2).captions(all_opened(files))

    compare(
        "captions, mid-size BLIP-2",
        lambda: [notebook_caption(models.blip2, p) for p in files],
        together,
        rounds,
    )


def again(models: Models, files: list[Path]) -> None:
    """Everything the session's scorer does, then once more."""
    scorer = Scorer(ClipTransformers(models.clip), Blip2Captioner(models.blip2), NoTopic(), models.lpips)
    known = {path.name: path for path in files}
    pictures = [
        StoredCandidate(path.name, Image.open(path).size, lambda name: opened(known[name])) for path in files
    ]
    first, scores = timed(lambda: scorer.score(pictures, TOPIC, PROMPT, pictures[0]))
    second, same = min(timed(lambda: scorer.score(pictures, TOPIC, PROMPT, pictures[0])) for _ in range(5))
    equal = "equal" if scores == same else "DIFFERENT"
    print(
        f"{'all of it, then from the cache':34}{first:12.3f}{second:10.4f}{first / second:8.0f}x{equal:>12}"
    )


class NoTopic:
    """Topic similarity that costs nothing: the sentence model plays no part here."""

    ref = ModelRef("topic", "none")

    def similarities(self, captions: list[str], topic: str) -> list[float]:
        return [0.5 for _ in captions]

    def notices(self, topic: str) -> tuple[()]:
        return ()


# --- as a notebook writes it -----------------------------------------------------------------------


def notebook_clip(model: Any, processor: Any, path: Path) -> float:
    import torch

    inputs = processor(text=[PROMPT], images=opened(path), return_tensors="pt", padding=True)
    with torch.no_grad():
        outputs = model(**inputs)
    return float(outputs.logits_per_image[0, 0] / model.logit_scale.exp())


def notebook_lpips(package: Any, path: Path, reference: Path) -> float:
    import lpips
    import torch

    pair = [
        lpips.im2tensor(np.asarray(opened(p).resize((256, 256), Image.Resampling.LANCZOS)))
        for p in (path, reference)
    ]
    with torch.no_grad():
        return float(package(*pair))


def notebook_caption(blip2: Blip2, path: Path) -> str:
    import torch

    with blip2.opened() as opened_blip2:
        inputs = opened_blip2.processor(images=opened(path), text="", return_tensors="pt")
        config = opened_blip2.network.config
        start = [config.image_token_id] * config.num_query_tokens + [config.text_config.bos_token_id]
        ids = torch.tensor([start])
        with torch.no_grad():
            tokens = opened_blip2.network.generate(
                pixel_values=inputs["pixel_values"],
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=CAPTION_TOKENS,
                do_sample=False,
            )
        if tokens.shape[1] > CAPTION_TOKENS:
            tokens = tokens[:, ids.shape[1] :]
        return str(opened_blip2.processor.tokenizer.decode(tokens[0], skip_special_tokens=True).strip())


# --- pictures -----------------------------------------------------------------------------


def drawing(folder: Path, seed: int, side: int) -> Path:
    """Smooth coloured noise as a JPEG: pictures that differ, of any size."""
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), np.uint8)
    image = Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)
    path = folder / f"{seed:03d}.jpg"
    image.filter(ImageFilter.GaussianBlur(1)).save(path, quality=95)
    return path


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def all_opened(files: list[Path]) -> list[Image.Image]:
    """As the scorer opens them, on all cores."""
    known = {path.name: path for path in files}
    return decoded([StoredCandidate(path.name, (1, 1), lambda name: opened(known[name])) for path in files])


# --- measuring ---------------------------------------------------------------------------------------


def compare(
    name: str, one_by_one: Callable[[], list[Any]], together: Callable[[], list[Any]], rounds: int
) -> None:
    """Alternating, so that a busy machine slows both; the best of each."""
    together()  # loads what is loaded once
    singles, batches, results = [], [], ([], [])
    for _ in range(rounds):
        seconds, singly = timed(one_by_one)
        singles.append(seconds)
        seconds, batch = timed(together)
        batches.append(seconds)
        results = (singly, batch)
    best, quick = min(singles), min(batches)
    print(f"{name:34}{best:12.3f}{quick:10.3f}{best / quick:8.1f}x{difference(*results):>12}", flush=True)


def difference(one: list[Any], other: list[Any]) -> str:
    if one and isinstance(one[0], str):
        return "equal" if one == other else f"{sum(a != b for a, b in zip(one, other, strict=True))} texts"
    return f"{max(abs(a - b) for a, b in zip(one, other, strict=True)):.1e}"


def timed(action: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def threads() -> str:
    import torch

    return f"{torch.get_num_threads()} threads"


if __name__ == "__main__":
    main()
