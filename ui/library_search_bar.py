"""The search bar of a library: words, a picture, what counts more, filters, variety."""

from __future__ import annotations

import streamlit as st

from services import library_pages
from services.errors import StudioError
from services.library_pages import ItemRow
from services.limits import IMAGE_BYTES
from services.retrieval.query import UNKNOWN_LICENCE, keep_picture
from ui import address, formats
from ui.i18n import _, tr
from ui.images import picture
from ui.library_query import BALANCE, LICENCE, LIKE, PICTURE, TAG, TEXT, VARY, Wish, clear, put
from ui.library_texts import session_searches
from ui.library_tiles import readable
from ui.text import plain, short
from ui.uploads import TYPES

ROUND = "library_search_round"
REFUSED = "library_search_refused"


def search_bar(name: str, wish: Wish) -> None:
    """Draw the bar as the address has it; every change goes into the address."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="library_search"):
        address.search_box(
            _("Search this library"), TEXT, _("A stylish sofa in a cozy room"), hidden_label=True
        )
        with st.popover(_("With a picture"), icon=":material/image_search:"):
            _drop()
        _filters(name, wish)
        with st.popover(_("From a session"), icon=":material/list_alt:"):
            session_searches()
        with st.popover("", icon=":material/tune:", help=_("Expert options")):
            _variety(wish)
    if refused := st.session_state.pop(REFUSED, ""):
        st.warning(plain(refused), icon=":material/info:")
    _asked_for(name, wish)


def _drop() -> None:
    """A new key empties the field after each picture: it would hold the file in memory."""
    key = f"library_search_drop_{st.session_state.setdefault(ROUND, 0)}"
    st.file_uploader(
        _("Picture to search with"),
        type=TYPES,
        max_upload_size=IMAGE_BYTES // 2**20,
        key=key,
        help=_("PNG, JPEG or WEBP. Pictures that look like it are found; it does not join the library."),
        on_change=_take,
        args=(key,),
    )


def _take(key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    try:
        kept = keep_picture(file.getvalue(), file.name)
    except StudioError as error:
        st.session_state[REFUSED] = tr(error.message)
    else:
        put(LIKE, "")
        put(PICTURE, kept)
    st.session_state[ROUND] += 1


def _filters(name: str, wish: Wish) -> None:
    tags = dict(library_pages.tags_in_use(name))
    licences = {
        licence or UNKNOWN_LICENCE: count for licence, count in library_pages.licences_in_use(name).items()
    }
    if not tags and set(licences) <= {UNKNOWN_LICENCE} and not wish.filters:
        return  # nothing tells pictures apart
    label = _("Filters ({count})").format(count=wish.filters) if wish.filters else _("Filters")
    with st.popover(label, icon=":material/filter_list:"):
        _many(_("Has all of these tags"), TAG, wish.tags, tags)
        _many(_("Licence is one of"), LICENCE, wish.licences, licences)


def _many(label: str, name: str, chosen: tuple[str, ...], options: dict[str, int]) -> None:
    key = f"library_filter_{name}"
    st.session_state[key] = list(chosen)
    st.multiselect(
        label,
        list(dict.fromkeys([*options, *chosen])),
        key=key,
        format_func=lambda value: _option(value, options.get(value, 0)),
        placeholder=_("Any"),
        on_change=lambda: put(name, list(st.session_state[key])),
    )


def _option(value: str, count: int) -> str:
    words = _("not known") if value == UNKNOWN_LICENCE else short(value, 40)
    return f"{words} ({formats.number(count)})"


def _variety(wish: Wish) -> None:
    key = "library_search_vary"
    st.session_state[key] = wish.vary
    st.toggle(
        _("Varied results"),
        key=key,
        help=_(
            "Maximal marginal relevance: each result is also chosen for how little it repeats those before "
            "it. Without it, results are ordered by cosine similarity alone."
        ),
        on_change=lambda: put(VARY, "1" if st.session_state[key] else ""),
    )


def _asked_for(library: str, wish: Wish) -> None:
    """The picture that is searched with, its weight beside words, and the way back to all pictures."""
    like = library_pages.rows(library, (wish.like,)).get(wish.like) if wish.like is not None else None
    if not (wish.picture or like):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="library_search_with", gap="medium"):
        with st.container(width=72):
            _thumb(wish, like)
        if like is not None:
            name = f"**{plain(short(readable(like.name), 40))}**"
            st.caption(_("Like {name}").format(name=name), width="content")
        else:
            st.caption(_("Like your picture"), width="content")
        if wish.text:
            _balance(wish)
        st.button(
            _("Without the picture"),
            icon=":material/close:",
            type="tertiary",
            key="library_search_without",
            on_click=_without,
        )


def _thumb(wish: Wish, like: ItemRow | None) -> None:
    if like is None:
        picture(wish.picture, _("The picture that is searched with"), key="shot_tile_search")
    elif like.pictured:
        picture(like.sha256, like.name, key="shot_tile_search")


def _without() -> None:
    for name in (PICTURE, LIKE, BALANCE):
        put(name, "")


def _balance(wish: Wish) -> None:
    key = "library_search_balance"
    st.session_state[key] = wish.balance
    st.slider(
        _("Words or picture"),
        0,
        100,
        step=5,
        key=key,
        width=260,
        format=_("%d%% picture"),
        help=_("0: the words alone count. 100: the picture alone."),
        on_change=lambda: put(BALANCE, str(st.session_state[key])),
    )


def clear_button() -> None:
    st.button(
        _("All pictures"), icon=":material/arrow_back:", type="tertiary", key="library_search_clear",
        on_click=clear,
    )  # fmt: skip
