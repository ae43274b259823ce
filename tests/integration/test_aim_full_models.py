"""The reference scorers on tiny models of the same classes, against computations written out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.aim.caption_blip2 import NEW_TOKENS, Blip2Captioner
from services.aim.clip_transformers import ClipTransformers
from services.aim.full import full_scorer
from services.aim.scorer import Candidate
from services.aim.topic_sentence_transformers import SentenceTopic
from services.models.blip2 import Blip2
from services.models.clip import Clip
from services.settings import get_settings
from tests.tiny_models import noise_images, save_tiny_blip2, save_tiny_clip

WORDS = "a photo of the cat dog sofa in red green blue with coffee cup on table not"


def save_tiny_sentences(folder: Path, tokens: int = 12) -> Path:
    """A SentenceTransformer shaped as distiluse is: transformer, mean pooling, dense layer with tanh."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    bert = folder.with_name("bert")
    vocabulary = {w: n for n, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split()])}
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        initializer_range=0.6,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        BertModel(config).save_pretrained(bert)
        dense = Dense(16, 8)
    BertTokenizerFast(vocab=vocabulary).save_pretrained(bert)
    transformer = Transformer(str(bert), max_seq_length=tokens)
    SentenceTransformer(modules=[transformer, Pooling(16), dense], device="cpu").save(str(folder))
    return folder


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small take longer to share out among threads than to multiply."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("tiny")
    return {
        "clip": save_tiny_clip(root / "clip"),
        "caption": save_tiny_blip2(root / "blip2"),
        "topic": save_tiny_sentences(root / "sentences"),
    }


def test_clip_score_is_that_of_the_model_itself(folders: dict[str, Path]) -> None:
    import torch
    from transformers import CLIPModel, CLIPProcessor

    images = noise_images(5)
    model, processor = (kind.from_pretrained(folders["clip"]) for kind in (CLIPModel, CLIPProcessor))
    inputs = processor(text=["a cat"], images=images, return_tensors="pt", padding=True)
    with torch.inference_mode():
        logits = model(**inputs).logits_per_image[:, 0] / model.logit_scale.exp()
    clip = ClipTransformers(Clip(str(folders["clip"]), device="cpu"))
    assert clip.similarities(images, "a cat") == pytest.approx(logits.tolist(), abs=1e-5)
    assert clip.notices("a cat") == ()
    assert clip.similarities([], "a cat") == []


def test_clip_reads_long_text_in_chunks(folders: dict[str, Path]) -> None:
    clip = Clip(str(folders["clip"]), device="cpu")
    text = "a cat on the sofa. " * 12  # the tiny tokenizer has a token a letter
    chunks = clip.chunks(text)
    assert len(chunks) > 1
    assert all(clip.count_tokens(chunk) <= 75 for chunk in chunks)
    texts = clip.encode_texts(chunks)
    mean = (texts / np.linalg.norm(texts, axis=1, keepdims=True)).mean(axis=0)
    (image,) = clip.encode_images(noise_images(1))
    expected = image @ mean / np.linalg.norm(image) / np.linalg.norm(mean)
    scorer = ClipTransformers(clip)
    assert scorer.similarities(noise_images(1), text) == pytest.approx([expected], abs=1e-5)
    assert "77 tokens" in str(scorer.notices(text)[0])


def test_captions_are_the_models_greedy_choice(folders: dict[str, Path]) -> None:
    """Word by word with the plain forward pass, one picture at a time."""
    import torch
    from transformers import Blip2ForConditionalGeneration, Blip2Processor

    model = Blip2ForConditionalGeneration.from_pretrained(folders["caption"]).eval()
    processor = Blip2Processor.from_pretrained(folders["caption"])
    start = [model.config.image_token_id] * model.config.num_query_tokens + [
        model.config.text_config.bos_token_id
    ]

    def caption(image: Image.Image) -> str:
        seen = processor.image_processor(images=image, return_tensors="pt")["pixel_values"]
        tokens: list[int] = []
        while len(tokens) < NEW_TOKENS:
            ids = torch.tensor([start + tokens])
            with torch.inference_mode():
                logits = model(pixel_values=seen, input_ids=ids, attention_mask=torch.ones_like(ids)).logits
            tokens.append(int(logits[0, -1].argmax()))
            if tokens[-1] == model.config.text_config.eos_token_id:
                break
        return processor.tokenizer.decode(tokens, skip_special_tokens=True).strip()

    images = noise_images(3)
    captioner = Blip2Captioner(Blip2(str(folders["caption"]), device="cpu"), batch=2)
    captions = captioner.captions(images)
    assert captions == [caption(image) for image in images]
    assert len(set(captions)) > 1
    assert captioner.captions([]) == []
    assert captioner.ref.revision.endswith("greedy 30")


def test_topic_similarity_is_mean_pooling_and_a_dense_layer(folders: dict[str, Path]) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import AutoTokenizer, BertModel

    bert = BertModel.from_pretrained(folders["topic"].with_name("bert")).eval()
    tokenizer = AutoTokenizer.from_pretrained(folders["topic"].with_name("bert"))
    dense = load_file(folders["topic"] / "2_Dense" / "model.safetensors")

    def embed(text: str) -> np.ndarray:
        with torch.inference_mode():
            mean = bert(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(dim=0)
            return torch.tanh(dense["linear.weight"] @ mean + dense["linear.bias"]).numpy()

    def cosine(one: np.ndarray, other: np.ndarray) -> float:
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    topic = SentenceTopic(str(folders["topic"]), device="cpu")
    captions = ["a photo of the cat", "coffee cup on table", "dog"]
    expected = [cosine(embed(caption), embed("a red sofa")) for caption in captions]
    assert topic.similarities(captions, "a red sofa") == pytest.approx(expected, abs=1e-5)
    assert topic.similarities([], "x") == []
    assert topic.notices("a red sofa") == ()
    assert "12 tokens" in str(topic.notices("a red sofa " * 9)[0])
    with pytest.raises(ValueError, match="no text"):
        topic.similarities(captions, " ")


@pytest.mark.models  # LPIPS has its real weights here too
def test_the_full_scorer_from_local_folders(
    home: Path, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_DEVICE", "cpu")
    for part, folder in folders.items():
        monkeypatch.setenv(f"AIM_STUDIO_{part.upper()}_MODEL", str(folder))
    get_settings.cache_clear()
    scorer = full_scorer()
    images = [Candidate(f"sha{n}", image) for n, image in enumerate(noise_images(3))]
    scores = scorer.score(images, "a red sofa", "a cat on the sofa", images[0])
    assert all(s.clip.scored for s in scores)
    assert [s.lpips.scored for s in scores] == [False, True, True]
    assert len({s.scorer for s in scores}) == 1
    for name in ("clip=clip@", "caption=blip2@", "topic=sentences@", "lpips=lpips-0.1-alex@"):
        assert name in scorer.id


def test_a_missing_folder_is_not_scored_with_what_to_do(
    home: Path, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIM_STUDIO_CLIP_MODEL", str(tmp_path / "nothing"))
    monkeypatch.setenv("AIM_STUDIO_CAPTION_MODEL", str(folders["caption"]))
    monkeypatch.setenv("AIM_STUDIO_TOPIC_MODEL", str(folders["topic"]))
    get_settings.cache_clear()
    (score,) = full_scorer().score([Candidate("a", noise_images(1)[0])], "a cat", "a cat", None)
    assert "holds no model" in str(score.clip.reason)
    assert score.caption.text or score.caption.reason
    assert score.final is None
