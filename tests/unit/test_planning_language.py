"""Language detection: sure where it can be, English where it cannot."""

from __future__ import annotations

import pytest

from services.planning.language import detect


@pytest.mark.parametrize(
    "text",
    [
        "Nike shoes",
        "coffee",
        "Nike Air Max sneakers",
        "iPhone 15 Pro Max 256 GB",
        "Velvet sofa, oak legs, emerald green, three seats",
        "Dark roast espresso beans, Milano style",
        "stainless steel water bottle\nbamboo lid\nperfect for hiking",
        "Fresh croissants and café au lait every morning",
        "SUMMER SALE 50% OFF",
        "12345",
        "",
    ],
)
def test_english_and_what_is_too_short_to_tell(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("노란 후드티를 입은 강아지", "ko"),
        ("나이키 Air Max 운동화 신상품", "ko"),
        ("黄色いパーカーを着たかわいい犬", "ja"),
        ("穿着黄色连帽衫的可爱小狗", "zh"),
        ("Милая собака в жёлтой толстовке", "ru"),
        ("كلب لطيف يرتدي سترة صفراء", "ar"),
        ("Ein stilvolles Sofa im warmen Wohnzimmer, mit weichen Kissen und sanftem Licht", "de"),
        ("Un canapé élégant dans un salon chaleureux avec des coussins moelleux", "fr"),
        ("Un sofá elegante en una sala de estar cálida y acogedora con cojines suaves", "es"),
    ],
)
def test_other_languages(text: str, language: str) -> None:
    assert detect(text) == language
