"""README.txt: what lies in the ZIP, for whoever is handed it. In English and Korean, whoever made it."""

from __future__ import annotations

from datetime import datetime

from services.export.options import ExportOptions, PictureFormat
from services.sessions import SessionView

_TEXT = """AIM Studio export
{line}
{topic}
{date} UTC · {count} variant(s) · {sizes}

images/                one folder a size, best variant first
safe-zones/            the same pictures, small, with the margins that platforms cover
pictures/              the photos and references that the variants were made from
contact-sheet.pdf      everything at a glance, with licences
scores.csv             exact scores, one row a variant
manifest.json          recipes, models, scores, licences, SHA-256 of every file
manifest.schema.json   the JSON Schema of the manifest

How the pictures were made is written inside each of them (IPTC Digital Source Type).
{recipe}
To make the variants again: open AIM Studio, "Recreate from a file", and choose this ZIP.
Licences that say "unknown" were never written down: check them before you publish.

이 압축 파일의 내용
images/               크기별 시안, 점수가 높은 순
safe-zones/           플랫폼이 가리는 여백을 표시한 미리보기
pictures/             시안에 쓰인 사진과 참고 이미지
contact-sheet.pdf     한눈에 보는 시안과 라이선스
scores.csv            정확한 점수
manifest.json         레시피, 모델, 점수, 라이선스, 모든 파일의 SHA-256

같은 시안을 다시 만들려면 AIM Studio의 "파일에서 다시 만들기"에서 이 ZIP을 선택하세요.
라이선스가 "unknown"이면 기록된 적이 없다는 뜻입니다. 게시하기 전에 확인하세요.
"""

_INSIDE = (
    "Each PNG also carries its recipe and the brief; AIM Studio can make it again from the file alone.\n"
)
_NOT_INSIDE = "The pictures carry no recipe; the manifest has it.\n"


def readme(view: SessionView, count: int, options: ExportOptions, at: datetime) -> str:
    """The text; `at` is in UTC."""
    topic = " ".join(view.brief.topic.split())
    inside = options.recipe and options.format is PictureFormat.PNG
    return _TEXT.format(
        line="=" * 17,
        topic=topic,
        date=at.strftime("%Y-%m-%d %H:%M"),
        count=count,
        sizes=", ".join(p.value for p in options.placements),
        recipe=_INSIDE if inside else _NOT_INSIDE,
    )
