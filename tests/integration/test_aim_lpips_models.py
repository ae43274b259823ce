"""LPIPS with its real weights, against the metric's own forward pass and properties that it must have.

The published pair needs pictures that are not part of the repository: benchmarks/scoring.py prints it.
"""

from __future__ import annotations

import socket
import warnings

import numpy as np
import pytest
from PIL import Image, ImageFilter

from services.aim.lpips_alexnet import AlexNetLpips, load_network
from services.aim.lpips_weights import load_state

pytestmark = pytest.mark.models


def noise(seed: int, size: tuple[int, int] = (64, 64), smooth: float = 2.0) -> Image.Image:
    """Smoothed colour noise: the same for the same seed on every machine up to the blur's rounding."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(smooth))


@pytest.fixture(scope="module")
def lpips() -> AlexNetLpips:
    return AlexNetLpips()


def test_same_as_the_packages_forward_pass(lpips: AlexNetLpips) -> None:
    import torch

    network = load_network()

    def tensor(image: Image.Image) -> torch.Tensor:
        return torch.from_numpy(np.asarray(image, np.float32)).permute(2, 0, 1)[None] / 127.5 - 1

    images, reference = [noise(seed) for seed in range(5)], noise(99, smooth=1.0)
    with torch.inference_mode():
        expected = [network(tensor(image), tensor(reference)).item() for image in images]
    assert lpips.distances(images, reference) == pytest.approx(expected, abs=1e-5)


def test_the_checkpoint_agrees_with_the_lpips_package_where_they_overlap() -> None:
    """Both carry the linear layers, so the reader and its turn of layouts are checked independently."""
    import lpips as package
    import torch

    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shipped = package.LPIPS(net="alex", pnet_rand=True, verbose=False).state_dict()
    state = load_state()
    names = [name for name in state if name.startswith("lin")]
    assert len(names) == 5
    for name in names:
        np.testing.assert_array_equal(state[name], shipped[name].numpy())


def test_identity_symmetry_and_range(lpips: AlexNetLpips) -> None:
    one, other = noise(1), noise(2)
    assert lpips.distances([one], one) == pytest.approx([0], abs=1e-6)
    there, back = lpips.distances([one], other)[0], lpips.distances([other], one)[0]
    assert there == pytest.approx(back, abs=1e-5)
    assert 0 < there < 2


def test_more_blur_is_further_away(lpips: AlexNetLpips) -> None:
    sharp = noise(3, (128, 96))
    blurred = [sharp.filter(ImageFilter.GaussianBlur(radius)) for radius in (1, 2, 4, 8)]
    distances = lpips.distances(blurred, sharp)
    assert distances == sorted(distances)
    assert distances[0] > 0.005


def test_batched_is_the_same_as_one_at_a_time(lpips: AlexNetLpips) -> None:
    images, reference = [noise(seed) for seed in range(11)], noise(50)
    alone = [lpips.distances([image], reference)[0] for image in images]
    assert lpips.distances(images, reference) == pytest.approx(alone, abs=1e-5)


def test_regression_values(lpips: AlexNetLpips) -> None:
    """Not published: computed once with these weights, which give 0.722 and 0.138 for the published pair."""
    base = Image.linear_gradient("L").convert("RGB")
    turned = base.rotate(90)
    half = Image.blend(base, turned, 0.5)
    assert lpips.distances([turned, half], base) == pytest.approx(REGRESSION, abs=2e-4)


REGRESSION = [0.51532, 0.28848]


def test_other_sizes_are_compared_at_256(lpips: AlexNetLpips) -> None:
    image, reference = noise(5, (700, 300)), noise(6, (90, 120))
    small = [picture.resize((256, 256), Image.Resampling.LANCZOS) for picture in (image, reference)]
    assert lpips.distances([image], reference) == lpips.distances([small[0]], small[1])


def test_transparency_counts_as_white(lpips: AlexNetLpips) -> None:
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert lpips.distances([clear], Image.new("RGB", (64, 64), "white")) == pytest.approx([0], abs=1e-6)


def test_nothing_to_compare(lpips: AlexNetLpips) -> None:
    assert lpips.distances([], noise(1)) == []


def test_the_reference_goes_through_the_network_once() -> None:
    network = load_network()
    batches: list[int] = []
    network.net.register_forward_hook(lambda module, inputs, output: batches.append(len(inputs[0])))
    lpips = AlexNetLpips(lambda: network, batch=2)
    images = [noise(seed) for seed in range(3)]
    lpips.distances(images, noise(9))
    lpips.distances(images[:1], noise(9))
    assert batches == [1, 2, 1, 1]
    lpips.distances(images[:1], noise(8))
    assert batches == [1, 2, 1, 1, 1, 1]


def test_loading_asks_no_network_and_draws_no_random_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a network was asked")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("torch.hub.load_state_dict_from_url", refuse)
    before = torch.random.get_rng_state()
    assert not load_network().training
    assert torch.equal(before, torch.random.get_rng_state())
