"""Unsplash's official API: a search, page by page, and the notice of each download that its guidelines want.

https://unsplash.com/documentation, and its guidelines: photographers are named with a link, photos come from
the addresses that the API gives, a download is reported to the photo's `download_location`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from services.errors import EngineUnavailable, InvalidInput
from services.messages import N_
from services.retrieval.about import About, about
from services.settings import get_settings

API = "https://api.unsplash.com"
SITE = "https://unsplash.com"
LICENCE = "Unsplash License"
REFERRAL = {"utm_source": "aim_studio", "utm_medium": "referral"}

PER_PAGE = 30
"""The most that the API gives at once."""

ANSWER_BYTES = 8 * 2**20

SIDE = {"w": "2400", "fit": "max", "fm": "jpg", "q": "85"}
"""Enough for every placement; the photographer's file may have 50 megapixels."""


@dataclass(frozen=True, slots=True)
class Photo:
    """`page` is the photo's own, `image` its bytes, `notice` is to be asked when it is downloaded."""

    id: str
    page: str
    image: str
    notice: str
    about: About


@dataclass(frozen=True, slots=True)
class Page:
    """`skipped` photos of it were not told in a way that can be used."""

    photos: tuple[Photo, ...]
    pages: int
    skipped: int


def access_key() -> str:
    """Raises EngineUnavailable, with the way to get one."""
    secret = get_settings().unsplash_access_key
    key = secret.get_secret_value().strip() if secret else ""
    if not key:
        raise EngineUnavailable(
            N_(
                "Unsplash needs an access key of yours. Register an application on unsplash.com/developers, "
                "set AIM_STUDIO_UNSPLASH_ACCESS_KEY to its access key and start the studio again."
            )
        )
    if not key.isascii() or not key.isprintable():
        raise EngineUnavailable(
            N_("The key in AIM_STUDIO_UNSPLASH_ACCESS_KEY has characters that no key has. Copy it again.")
        )
    return key


def search(term: str, page: int, per_page: int) -> Page:
    """Photos that fit `term`, page 1 first. Raises InvalidInput (see `_refusal`), EngineUnavailable."""
    query = urlencode({"query": term, "page": page, "per_page": per_page, "content_filter": "high"})
    document = _ask(f"{API}/search/photos?{query}")
    results, pages = document.get("results"), document.get("total_pages")
    if not isinstance(results, list) or not isinstance(pages, int):
        raise _refusal(200)
    photos = [photo for photo in map(_photo, results) if photo is not None]
    return Page(tuple(photos), pages, len(results) - len(photos))


def report_download(photo: Photo) -> None:
    """Tell Unsplash that the photo was taken, as its guidelines ask. Raises as `search`."""
    _ask(photo.notice)


def _ask(url: str) -> Mapping[str, Any]:
    from services.net import web

    headers = {"Authorization": f"Client-ID {access_key()}", "Accept-Version": "v1"}
    answer = web.public_web().get(url, ANSWER_BYTES, headers)
    if answer.status != 200:
        raise _refusal(answer.status)
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _refusal(answer.status) from error
    if not isinstance(document, dict):
        raise _refusal(answer.status)
    return document


def _refusal(status: int) -> InvalidInput:
    if status == 401:
        return InvalidInput(
            N_("Unsplash does not accept the key in AIM_STUDIO_UNSPLASH_ACCESS_KEY. Copy it again.")
        )
    if status in (403, 429):
        return InvalidInput(
            N_(
                "Unsplash allows no more requests with this key for now (50 an hour while it is a demo key). "
                "What came so far is kept; add the same search again in an hour to go on."
            )
        )
    return InvalidInput(
        N_("Unsplash could not answer just now ({status}). What came so far is kept; try again later."),
        status=status,
    )


def _photo(entry: Any) -> Photo | None:
    """None for what lacks an address, or names one that is not Unsplash's."""
    try:
        key, page = str(entry["id"]), str(entry["links"]["html"]).partition("?")[0]
        notice, raw = str(entry["links"]["download_location"]), str(entry["urls"]["raw"])
        name, profile = _photographer(entry["user"])
        words = entry.get("description") or entry.get("alt_description") or ""
        tags = [tag["title"] for tag in entry.get("tags") or []]
        said = about(
            {
                "caption": words,
                "tags": tags,
                "licence": LICENCE,
                "attribution": f"Photo by {name} on Unsplash ({profile})",
                "source_url": page,
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    # The key goes along with the notice: to the API itself and to nobody else.
    if not key or _origin(notice) != _origin(API) or not said.source_url:
        return None
    return Photo(key, page, f"{raw}{'&' if '?' in raw else '?'}{urlencode(SIDE)}", notice, said)


def _photographer(user: Mapping[str, Any]) -> tuple[str, str]:
    """(name, address of the profile with the referral that the guidelines ask for)."""
    profile = f"{SITE}/@{quote(str(user['username']), safe='')}"
    return str(user.get("name") or user["username"]), f"{profile}?{urlencode(REFERRAL)}"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
