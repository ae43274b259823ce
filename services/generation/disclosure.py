"""How a picture came about, said in the file itself: IPTC's Digital Source Type in an XMP packet.

The terms are those of http://cv.iptc.org/newscodes/digitalsourcetype/ (read 2026), chosen by what made the
pixels:

    diffusion                        trainedAlgorithmicMedia: created by a trained model
    diffusion around kept pixels     compositeWithTrainedAlgorithmicMedia: generated and other pixels mixed
    the layout compositor            composite: several elements, any of which may or may not be generative AI
    brought along by somebody        none: only they know

The compositor generates nothing, so the first two terms would be wrong; `compositeCapture` would promise
that every reference is a photograph, which nobody checked.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from services.domain import Recipe

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = "trainedAlgorithmicMedia"
EDITED = "compositeWithTrainedAlgorithmicMedia"
COMPOSITE = "composite"
UNKNOWN = ""

SOFTWARE = "AIM Studio"
XMP_KEYWORD = "XML:com.adobe.xmp"
"""Of the iTXt chunk that holds XMP in a PNG (XMP specification, part 3)."""

COMPOSITE_DISCLOSURE = (
    "Composite made by software from a product photo and reference images; no diffusion model was used."
)
GENERATED_DISCLOSURE = "Image generated with artificial intelligence."
EDITED_DISCLOSURE = "Image edited with artificial intelligence: the product's own pixels were kept."
UNKNOWN_DISCLOSURE = "Not made by AIM Studio; how it was made is not known."

_SENTENCES = {
    COMPOSITE: COMPOSITE_DISCLOSURE,
    GENERATED: GENERATED_DISCLOSURE,
    EDITED: EDITED_DISCLOSURE,
    UNKNOWN: UNKNOWN_DISCLOSURE,
}

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmp:CreatorTool={tool}{attributes}>
   <dc:description>
    <rdf:Alt><rdf:li xml:lang="x-default">{sentence}</rdf:li></rdf:Alt>
   </dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def source_term(recipe: Recipe) -> str:
    """The term for pictures of this recipe, the last part of its address; "" where it is not known."""
    if recipe.layout:
        return COMPOSITE
    if recipe.generator.id == "upload":
        return UNKNOWN
    return EDITED if dict(recipe.settings).get("mode") == "keep" else GENERATED


def source_address(recipe: Recipe) -> str:
    """The term's address, as IPTC wants it in metadata; "" where it is not known."""
    term = source_term(recipe)
    return f"{VOCABULARY}{term}" if term else ""


def disclosure(recipe: Recipe) -> str:
    """What a viewer has to be told of how the picture was made."""
    return _SENTENCES[source_term(recipe)]


def xmp_packet(recipe: Recipe) -> str:
    """The XMP packet for pictures of this recipe. No date and no names: equal recipes, equal packets.

    Diffusion models are named in IPTC's AI System Used and AI System Version Used (2025.1).
    """
    attributes = {}
    if term := source_address(recipe):
        attributes["DigitalSourceType"] = term
    if source_term(recipe) in (GENERATED, EDITED):
        attributes["AISystemUsed"] = recipe.generator.id
        if recipe.generator.revision:
            attributes["AISystemVersionUsed"] = recipe.generator.revision
    lines = "".join(f"\n    Iptc4xmpExt:{key}={quoteattr(value)}" for key, value in attributes.items())
    return _PACKET.format(tool=quoteattr(SOFTWARE), attributes=lines, sentence=escape(disclosure(recipe)))
