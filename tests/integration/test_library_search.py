"""Searching a library by words, a picture or both, with filters, through the service and the queue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from db.repositories.libraries import LibraryRepository
from db.tables import Item, ItemTag
from services import libraries
from services.database import read_session, unit_of_work
from services.domain import Brief, Plan, Strategy, SubQuery
from services.errors import ImageRejected, InvalidInput, NotFound
from services.libraries import LibraryQuery
from services.parts import Vectors
from services.retrieval import library_search, query_vectors
from services.retrieval.found import Found
from services.retrieval.fusion import CAPTION_WEIGHT
from services.retrieval.library_search import facets
from services.retrieval.query import keep_picture
from services.retrieval.retrieve import retrieve
from services.retrieval.sources_upload import UploadSource
from services.retrieval.vectors import encoder_key
from services.storage.images import get_store
from tests.retrieval_fakes import ColourEncoder, png, scene

pytestmark = pytest.mark.usefixtures("home")

GROUNDS = ("red", "blue", "green", "yellow")
CAPTIONS = b"file,caption\nred-0.png,a red armchair\nblue-0.png,blue sky\n"


class Encoder(ColourEncoder):
    """Words alone cost a while: they are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = 0

    def encode_texts(self, texts: list[str]) -> Vectors:  # type: ignore[override]
        self.texts += len(texts)
        return super().encode_texts(texts)


@pytest.fixture
def encoder() -> Encoder:
    query_vectors._kept.clear()
    files = [(f"{g}-{i}.png", png(scene(g, 10 * i + j))) for i in range(4) for j, g in enumerate(GROUNDS)]
    encoder = Encoder()
    libraries.build("L", UploadSource([("captions.csv", CAPTIONS), *files]), encoder)
    encoder.batches.clear()
    encoder.texts = 0
    return encoder


def search(encoder: ColourEncoder, query: LibraryQuery, name: str = "L") -> list[Found]:
    return libraries.find(name, query, encoder).found


def names(hits: list[Found]) -> list[str]:
    return [hit.file_name for hit in hits]


def ids(name: str = "L") -> dict[str, int]:
    with read_session() as session:
        repository = LibraryRepository(session)
        library = repository.by_name(name)
        assert library is not None
        return {item.file_name: item.id for item in repository.items(library.id, 0, 1000)}


def change(file_name: str, *tags: str, **columns: object) -> None:
    item_id = ids()[file_name]
    with unit_of_work() as work:
        work.session.add_all(ItemTag(item_id=item_id, tag=tag) for tag in tags)
        for column, value in columns.items():
            setattr(work.session.get(Item, item_id), column, value)
        work.commit()


# --- words, a picture, both ----------------------------------------------------------------------


def test_words_find_what_texts_find(encoder: Encoder) -> None:
    hits = search(encoder, LibraryQuery("something blue", top=4))
    [plain] = libraries.search("L", ["something blue"], 4, encoder)
    assert [(h.item_id, h.similarity) for h in hits] == [(h.item_id, h.similarity) for h in plain]
    assert {n.split("-")[0] for n in names(hits)} == {"blue"}


def test_a_picture_finds_its_like_and_the_slider_goes_between(encoder: Encoder) -> None:
    picture = keep_picture(png(scene("yellow", 99)), "C:\\\\secret\\\\me.png")
    by_picture = LibraryQuery("something blue", picture, top=4)
    ends = [search(encoder, LibraryQuery("something blue", picture, b, top=4)) for b in (0.0, 1.0)]
    assert [{n.split("-")[0] for n in names(hits)} for hits in ends] == [{"blue"}, {"yellow"}]
    assert names(ends[1]) == names(search(encoder, LibraryQuery(picture=picture, top=4)))
    both = search(encoder, LibraryQuery("something blue", picture, 0.5, top=8))
    assert {n.split("-")[0] for n in names(both)} == {"blue", "yellow"}
    assert all(hit.why.text is not None and 0 <= hit.why.text <= 1 for hit in both)
    assert by_picture.by_picture
    assert (encoder.batches, encoder.texts) == ([1], 1 + 0)  # five searches encode one picture and one text


def test_a_picture_that_a_library_knows_is_not_encoded_again(encoder: Encoder) -> None:
    known = search(encoder, LibraryQuery("something red", top=1))[0]
    assert search(encoder, LibraryQuery(picture=known.sha256, top=1))[0].file_name.startswith("red")
    assert encoder.batches == []


def test_what_is_no_picture_or_no_longer_there_is_refused(encoder: Encoder) -> None:
    with pytest.raises(ImageRejected):
        keep_picture(b"<svg/>", "x.png")
    with pytest.raises(NotFound):
        search(encoder, LibraryQuery(picture="0" * 64))
    with pytest.raises(NotFound):
        search(encoder, LibraryQuery(like=10_000))
    with pytest.raises(NotFound):
        search(encoder, LibraryQuery("red"), "elsewhere")


def test_only_the_checked_picture_of_an_upload_is_kept(home: Path) -> None:
    data = png(scene("red", 5)) + b"trailing secret"
    sha256 = keep_picture(data, "me.png")
    kept = [path for path in home.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert kept == []
    assert get_store().exists(sha256)


# --- more like this ------------------------------------------------------------------------------


def test_more_like_this_leaves_itself_and_its_twins_out(encoder: Encoder) -> None:
    own = ids()
    hits = search(encoder, LibraryQuery(like=own["green-1.png"], top=3))
    assert {n.split("-")[0] for n in names(hits)} == {"green"}
    assert len(hits) == 3
    assert "green-1.png" not in names(hits)
    change("green-2.png", duplicate_of=own["green-1.png"])
    for liked in ("green-1.png", "green-2.png"):
        others = search(encoder, LibraryQuery(like=own[liked], top=16))
        assert not {"green-1.png"} & set(names(others))
    assert encoder.batches == []


def test_more_like_this_of_another_library_is_not_found(encoder: Encoder) -> None:
    libraries.build("M", UploadSource([("w.png", png(scene("white", 1)))]), encoder)
    with pytest.raises(NotFound):
        search(encoder, LibraryQuery(like=ids("M")["w.png"]))


# --- filters -------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_filters_take_all_tags_and_any_licence(encoder: Encoder) -> None:
    change("red-0.png", "indoor", "wide", licence="CC0")
    change("red-1.png", "indoor", licence="CC BY 4.0", attribution="Ann", source_url="https://a.test")
    change("blue-0.png", "wide", "indoor", licence="")
    query = {"text": "something red", "top": 16}
    assert set(names(search(encoder, LibraryQuery(**query, tags=("indoor",))))) == {
        "red-0.png",
        "red-1.png",
        "blue-0.png",
    }
    assert names(search(encoder, LibraryQuery(**query, tags=("indoor", "wide"))))[0] == "red-0.png"
    assert len(search(encoder, LibraryQuery(**query, tags=("indoor", "wide")))) == 2
    [hit] = search(encoder, LibraryQuery(**query, licences=("CC BY 4.0", "nothing")))
    assert (hit.tags, hit.licence, hit.attribution) == (("indoor",), "CC BY 4.0", "Ann")
    assert len(search(encoder, LibraryQuery(**query, licences=("unknown", "CC0")))) == 15
    assert len(search(encoder, LibraryQuery(**query, licences=("unknown",)))) == 14
    assert search(encoder, LibraryQuery(**query, tags=("no such",))) == []
    found = facets("L")
    assert found.tags == [("indoor", 3), ("wide", 2)]
    assert (found.licences, found.without_licence) == ([("CC BY 4.0", 1), ("CC0", 1)], 14)


def test_a_narrow_filter_finds_the_least_similar_picture(encoder: Encoder) -> None:
    change("yellow-3.png", "rare")
    [hit] = search(encoder, LibraryQuery("something blue", top=5, tags=("rare",)))
    assert hit.file_name == "yellow-3.png"


def test_filters_and_variety_work_on_more_like_this(encoder: Encoder) -> None:
    for name in ("green-0.png", "green-1.png", "red-2.png"):
        change(name, "kept")
    hits = search(encoder, LibraryQuery(like=ids()["green-1.png"], tags=("kept",), diversity=0.5, top=2))
    assert set(names(hits)) == {"green-0.png", "red-2.png"}


# --- variety -------------------------------------------------------------------------------------


def test_variety_brings_other_pictures_and_keeps_the_best_first(encoder: Encoder) -> None:
    query = LibraryQuery("red or blue", top=4)
    plain = search(encoder, query)
    varied = search(encoder, LibraryQuery("red or blue", top=4, diversity=0.9))
    assert varied[0].item_id == plain[0].item_id
    assert len({n.split("-")[0] for n in names(varied)}) > len({n.split("-")[0] for n in names(plain)}) - 1
    assert names(varied) != names(plain)
    assert names(search(encoder, LibraryQuery("red or blue", top=4, diversity=0.0))) == names(plain)


# --- why -----------------------------------------------------------------------------------------


def test_a_hit_says_what_its_caption_brought(encoder: Encoder) -> None:
    hits = {hit.file_name: hit for hit in search(encoder, LibraryQuery("Red armchairs", top=16))}
    captioned, bare = hits["red-0.png"].why, hits["red-1.png"].why
    assert captioned.words == ("red", "armchair")
    query = encoder.encode_texts(["Red armchairs"])[0]
    picture = encoder.encode_images([scene("red", 0)])[0]
    caption = encoder.encode_texts(["a red armchair"])[0]
    by_picture, by_caption = (float(query @ side / np.linalg.norm(side)) for side in (picture, caption))
    theirs = CAPTION_WEIGHT * by_caption
    assert captioned.caption == pytest.approx(theirs / (theirs + (1 - CAPTION_WEIGHT) * by_picture), abs=1e-3)
    assert (bare.caption, bare.words, bare.labels, bare.text) == (None, (), (), None)


def test_a_space_that_reads_no_captions_still_tells_their_words(home: Path) -> None:
    encoder = Encoder()
    encoder.reads_captions = False  # type: ignore[attr-defined]
    files = [("captions.csv", CAPTIONS), ("red-0.png", png(scene("red")))]
    libraries.build("C", UploadSource(files), encoder)
    [hit] = search(encoder, LibraryQuery("a red armchair", top=1), "C")
    assert (hit.why.words, hit.why.caption, hit.why.labels) == (("red", "armchair"), None, ())


# --- sessions, long texts ------------------------------------------------------------------------


def test_sessions_leave_out_what_cannot_be_shown(encoder: Encoder) -> None:
    change("blue-1.png", pictured=False)
    plan = Plan("Blue", (SubQuery("a blue sky", 1.0),))
    matches = retrieve(Brief("t", "x", library="L", strategy=Strategy.SUBQUERIES), plan, encoder)
    assert {m.file_name for m in matches} >= {"blue-0.png", "blue-2.png", "blue-3.png"}
    assert "blue-1.png" not in {m.file_name for m in matches}
    hits = {hit.file_name: hit for hit in search(encoder, LibraryQuery("blue", top=4))}
    assert hits["blue-1.png"].pictured is False
    assert hits["blue-2.png"].pictured


def test_a_text_beyond_the_limit_is_read_in_parts_and_says_so(encoder: Encoder) -> None:
    encoder.text_parts = lambda text: text.split("|")  # type: ignore[attr-defined]
    answer = libraries.find("L", LibraryQuery("blue|yellow", top=8), encoder)
    assert {n.split("-")[0] for n in names(answer.found)} == {"blue", "yellow"}
    assert [notice.values for notice in answer.notices] == [{"parts": 2}]
    assert libraries.find("L", LibraryQuery("blue", top=1), encoder).notices == ()
    with pytest.raises(InvalidInput):
        libraries.find("L", LibraryQuery("x" * 3_000), encoder)


@pytest.mark.both_databases
def test_the_sample_is_read_once_for_each_version(encoder: Encoder) -> None:
    picture = keep_picture(png(scene("yellow", 98)), "p.png")
    library_search._sample.cache_clear()
    for balance in (0.2, 0.5, 0.8):
        search(encoder, LibraryQuery("blue", picture, balance))
    assert library_search._sample.cache_info().misses == 1
    assert encoder_key(encoder.ref) == "fake/colours@1"
