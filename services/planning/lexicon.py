"""The closed word classes of English, and the open ones as far as advertising text needs them.

They mark where a phrase ends (function words, verbs) and what cannot stand alone as a picture
(adjectives, abstract nouns). A word that is in no set counts as a noun.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a space-separated list."""
    return frozenset(text.split())


def _inflected(text: str) -> frozenset[str]:
    """Regular -s, -ed and -ing forms beside each verb; irregular ones are listed by hand."""
    forms: set[str] = set()
    for verb in text.split():
        stem = verb.removesuffix("e")
        third = verb[:-1] + "ies" if verb.endswith("y") and verb[-2] not in "aeiou" else verb + "s"
        third = verb + "es" if verb.endswith(("s", "sh", "ch", "x", "z")) else third
        past = verb[:-1] + "ied" if third.endswith("ies") else stem + "ed"
        forms |= {verb, third, past, stem + "ing"}
    return frozenset(forms)


ARTICLES = words("a an the")
DETERMINERS = ARTICLES | words(
    "this that these those my your his her its our their each every any some no another both all such "
    "enough what which whose"
)
PRONOUNS = words(
    "i you he she it we they me him them us who whom whoever one someone everyone anyone everybody "
    "nobody something everything nothing anything yourself itself themselves ourselves myself there "
    "here mine yours ours theirs"
)
AUXILIARIES = words(
    "is are was were be been being am do does did done has have had having can could will would shall "
    "should may might must isn't aren't don't doesn't won't can't it's that's you'll you're we're "
    "they're i'm we've you've let's there's gets got"
)
PREPOSITIONS = words(
    "about above across after against along amid among around as at before behind below beneath "
    "beside besides between beyond by despite down during except for from in inside into like near of "
    "off on onto out outside over past per since through throughout to toward towards under "
    "underneath until up upon via with within without"
)
CONJUNCTIONS = words("and or but nor so yet because while when where if than though although whether & plus")
ADVERBS = words(
    "very really just only also too even ever never always often again still already now then today "
    "tonight tomorrow soon here there away back together forever almost quite rather so more most "
    "much less least well not simply perfectly finally truly fully wherever whenever whatever how why "
    "instead anywhere everywhere once twice please available off maybe perhaps"
)

VERBS = _inflected(
    "add admire allow arrive ask become boast bring capture carry cast celebrate combine come "
    "complement contain create curate deliver describe discover embrace enhance enjoy ensure evoke "
    "explore express feature fill find gaze get give glide go grab grow help hug include indulge "
    "inspire introduce invite keep know let linger live look love make meet melt need offer order own "
    "perch please present prefer prepare promise protect provide pour reach receive relax rely "
    "remember remind replace savor savour say see seem serve shop show showcase sit sleep stand start "
    "stay stretch surround take taste tell thank thrive transform treat try turn unleash unveil "
    "unwind want watch wear welcome win work choose elevate experience upgrade upload update nourish "
    "hydrate soothe last lie lay hang lean rest shine slip snuggle gather buy boost blend pair mean "
    "move play use wake walk run sip drink fit feel hold ride eat read save beat listen ignore "
    "contact unfold open burn breathe join call click visit follow send print subscribe wait rise "
    "fall flow climb jump swim drive travel leave hear smell touch wrap glow finish design craft brew "
    "bake roast cook grill mix stir share laugh smile dance sing opt power"
) | words(
    "became brought came felt found gave given got kept knew known left lent made meant met sat said "
    "saw seen sold stood taken taught thought took told went won wore worn chose chosen lies lying "
    "lay laid let's sitting running getting letting winning stopping slipping snuggling sipping "
    "hugging grabbing fitting lit dries drying swum swam drove driven rose risen fallen fell heard "
    "sung sang burnt swimming beaten"
)
NOUN_TOO = words(
    "add blend boost drink feature fit feel fill help hold hug last lay look love order pair pour "
    "play present rest ride run save shop show sip start stretch taste treat turn use walk watch "
    "watches wear work works drinks looks present presents pairs blends shows treats plays runs walks "
    "rides features stand stands cast sleep live need promise upgrade upload update shine fits "
    "experience experiences welcome serving blend blended fitted fitting setting pouring running "
    "walking sleeping living drinking playing reading riding serving working cooking eating "
    "stretching shining lasting inviting loved used melted melting inspired preferred relaxed "
    "relaxing worn chosen made pleasing welcoming shopping surrounding surroundings moving soothing "
    "hydrating nourishing open call visit click touch wrap glow finish design designs brew bake roast "
    "grill mix smile dance smell travel drive jump share print follow flow rise climb contact wraps "
    "smiles travels burn power rose grills glowing flowing cooking baking swimming travelling "
    "climbing opening touching calling driving roasting rising falling brewing dancing smiling leave "
    "leaves"
)
"""Forms of VERBS that are as often nouns or modifiers: verbs only where the sentence says so."""

LINKING_PARTICIPLES = words(
    "wearing holding drinking carrying eating riding sipping hugging reading pouring playing "
    "overlooking covered filled topped decorated dressed wrapped surrounded"
)
"""Join a thing to what it has or does: "a dog wearing a yellow hoodie" is one picture."""

ADJECTIVES = words(
    "able amazing amber ancient authentic aromatic awesome bare beautiful beige best better big black "
    "bold blue brand-new bright brilliant brown calm casual charming chic chilled chunky classic "
    "clean clear cold comfortable comfy compact contemporary cool cosy cozy creamy crisp crispy "
    "crunchy cute daily dark deep delicate delicious delightful dry durable dynamic eco-friendly easy "
    "edgy elegant essential exclusive exquisite extra fabulous fair famous fast favorite favourite "
    "fine firm flat flawless flexible floral fluffy free fresh friendly full fun genuine gentle "
    "glossy gold golden good gorgeous grand gray great green grey handmade happy hard healthy heavy "
    "high hot huge iconic ideal indoor innovative intense inviting large latest light lightweight "
    "limited little local lonely long loose lovely low luminous lush luxurious luxury magical matte "
    "mild minimal minimalist modern moist natural navy neat new next nice nutty old open orange "
    "organic original outdoor peaceful perfect pink plain playful pleasant plush polished powerful "
    "practical precious premium pretty pure purple quick quiet radiant rare raw ready real red "
    "refined refreshing relaxed relaxing reliable retro rich right romantic rough round rustic safe "
    "scenic seasonal sensitive serene sharp shiny short signature silky silver simple sleek slim slow "
    "small smart smoky smooth soft soothing special spacious sparkling special spicy square stable "
    "steady stunning sturdy stylish subtle sunny super superb sustainable sweet tall tasty thick thin "
    "timeless tiny tough traditional trendy true ultimate ultra unique urban useful vegan velvety "
    "versatile vibrant vintage vivid warm waterproof wet white whole wide wild wireless wonderful "
    "wooden woolen young yellow inspiring irresistible incredible resistant faster slower lighter "
    "brighter softer bigger smaller stronger cooler warmer longer shorter sooner easier happier "
    "hydrating nourishing breathable"
)

ABSTRACT = words(
    "ability advice amount anything application aspect atmosphere attention beauty benefit benefits "
    "balance budget care chance charm choice class code collection difference trust owner owners mind "
    "peace hint dash pinch splash drop bit lot selection kinds heat sweat home men women people "
    "instructions system comfort confidence convenience cost customer customers day days deal deals "
    "delivery design detail discount ease edition effort elegance energy enjoyment event everything "
    "experience expert experts feel feeling feelings flavor flavour freshness fun gift guarantee "
    "happiness harmony health hour hours idea ideas indulgence info information innovation "
    "inspiration item joy kind lifestyle life limit list look love luxury mind minute minutes moment "
    "moments mood month months nature need needs occasion occasions offer offers option options order "
    "orders part people percent performance perfection performance person piece pleasure point power "
    "price prices product products promise purpose quality range reason reasons relaxation result "
    "results rest sale satisfaction sense sensation series service shipping shop side size sizes "
    "something sophistication sort space spirit standard story store style support taste technology "
    "thing things time times today tomorrow tonight tone touch tradition trend type use value variety "
    "version vibe vibes warmth warranty way ways week weeks weekend website wellness words work world "
    "year years coverage longevity durability versatility purchase"
)
"""Nouns that no photo shows by themselves: "a sense of comfort", "free shipping"."""

FUNCTION_WORDS = DETERMINERS | PRONOUNS | AUXILIARIES | PREPOSITIONS | CONJUNCTIONS | ADVERBS

ING_NOUNS = words(
    "evening morning ceiling building wedding string spring ring king wing lighting clothing pudding "
    "earring icing stocking swing railing painting seasoning dressing frosting topping stuffing "
    "filling coating finishing bedding lining knitting parking flooring outing lightning duckling "
    "seedling styling packaging thing"
)
"""Words in -ing that are things."""

LIVING = words(
    "woman man girl boy person child kid baby toddler dog puppy cat kitten model couple family mother "
    "father mom dad friend friends women men people kids children babies dogs cats puppies kittens "
    "bear bird horse rabbit athlete chef barista dancer runner traveller traveler bride groom student "
    "musician"
)
"""Who may be "in" something as part of the picture: "a woman in a red dress"."""

OTHER_FUNCTION_WORDS = {
    "de": words(
        "der die das den dem des ein eine einen einem einer eines und oder mit in im am an auf aus bei "
        "für von vom zu zum zur nach über unter ist sind wird durch ohne sich auch nur"
    ),
    "fr": words(
        "le la les un une des du de d' et ou avec dans sur sous pour par en au aux est sont ce cette ces "
        "son sa ses votre vos qui que sans plus"
    ),
    "es": words(
        "el la los las un una unos unas de del y o con en sobre para por al a es son su sus tu tus que "
        "sin se este esta más"
    ),
    "it": words(
        "il lo la i gli le un uno una di del della dei delle e o con in nel nella su sul sulla per da dal "
        "dalla è sono che senza più al alla"
    ),
    "pt": words(
        "o a os as um uma de do da dos das e ou com em no na nos nas sobre para por ao à é são seu sua "
        "que sem mais"
    ),
    "nl": words(
        "de het een en of met in op aan uit bij voor van naar over onder is zijn wordt door zonder ook je "
        "uw die dat"
    ),
}
"""Where phrases end in the languages that lite plans without understanding them."""
