"""Captions of the outdoors: bokeh, skies, nature, seasons."""

from __future__ import annotations

from services.retrieval.backdrops.catalogue import backdrops

BOKEH = backdrops(
    "bokeh",
    ("bokeh-city-night", "City night lights",
     "blurred warm city lights at night, glowing orange bokeh of a busy downtown street",
     "bokeh city night lights street urban orange nightlife"),
    ("bokeh-christmas-lights", "Christmas lights",
     "blurred Christmas tree lights in gold, red and green, a festive holiday glow",
     "bokeh christmas holiday lights festive red green gold winter"),
    ("bokeh-garden-green", "Green garden",
     "a fresh green garden out of focus with morning sunlight through the leaves",
     "bokeh garden green nature spring fresh morning"),
    ("bokeh-golden-dust", "Golden dust",
     "golden glitter dust and champagne bokeh sparkling in the dark, New Year celebration and awards",
     "bokeh gold glitter sparkle celebration luxury party"),
    ("bokeh-pastel-pink", "Pastel pink bokeh",
     "dreamy pastel pink and lilac blur with pale light discs, sweet and romantic",
     "bokeh pink pastel dreamy romantic sweet baby"),
    ("bokeh-club-neon", "Club lights",
     "purple and blue nightclub lights out of focus, concert, party and music",
     "bokeh club neon purple blue party concert music"),
    ("bokeh-fairy-lights", "Fairy lights",
     "strings of warm white fairy lights hanging in a dim evening garden, wedding or terrace dinner",
     "bokeh fairy lights string evening garden wedding terrace"),
    ("bokeh-sea-sparkle", "Sparkling sea",
     "sunlight sparkling on turquoise sea water, out of focus, a summer holiday feeling",
     "bokeh sea water sparkle turquoise summer sun"),
    ("bokeh-autumn-park", "Autumn park blur",
     "an autumn park out of focus in amber and orange, low golden afternoon sun",
     "bokeh autumn fall park orange golden warm"),
)  # fmt: skip

SKIES = backdrops(
    "skies",
    ("sky-clear-morning", "Clear morning sky",
     "a clear blue morning sky with wispy white cirrus clouds, open and optimistic",
     "sky blue clear morning clouds airy fresh"),
    ("sky-cloudscape", "Cloudscape",
     "white cumulus clouds drifting over a bright blue sky, travel, flight and freedom",
     "sky clouds blue cumulus daytime travel"),
    ("sky-sunset", "Sunset",
     "a glowing orange and purple sunset over a dark hill line, the end of a summer day",
     "sky sunset orange purple dusk hills evening"),
    ("sky-dawn-gradient", "Dawn",
     "a hazy sunrise in peach, rose and pale blue, a soft gradient at dawn",
     "sky dawn sunrise peach pastel gradient calm"),
    ("sky-cotton-candy", "Cotton candy clouds",
     "pink cotton candy clouds in a lavender sky, whimsical and dreamy",
     "sky clouds pink lavender dreamy pastel fantasy"),
    ("sky-overcast-silver", "Silver overcast",
     "a silver grey overcast sky with soft rolling clouds, quiet and moody weather",
     "sky overcast grey clouds moody weather silver"),
)  # fmt: skip

NATURE = backdrops(
    "nature",
    ("beach-sand-ripples", "Rippled sand",
     "wind ripples in golden beach sand seen from above, summer and seaside",
     "beach sand ripples summer coast texture"),
    ("beach-shoreline", "Shoreline from above",
     "an aerial view of a sandy beach with white foam and clear turquoise waves, tropical holiday",
     "beach shore sea waves foam turquoise tropical holiday summer"),
    ("water-calm-sea", "Calm sea",
     "a calm blue sea to the horizon in soft morning light, peaceful ocean",
     "sea ocean water horizon calm blue morning"),
    ("water-pool-caustics", "Pool water",
     "clear turquoise swimming pool water with sunlight caustics on tiles, refreshing summer",
     "pool water caustics turquoise blue summer swim refreshing"),
    ("mountains-misty-layers", "Misty mountains",
     "layers of blue mountains fading into morning mist, outdoor hiking and calm",
     "mountains mist layers blue outdoor hiking landscape"),
    ("rain-window-dusk", "Rain on a window",
     "raindrops on a window at dusk with blurred street lights outside, melancholy rainy weather",
     "rain window drops dusk city weather moody"),
)  # fmt: skip

SEASONS = backdrops(
    "seasons",
    ("spring-cherry-petals", "Cherry blossom petals",
     "pink cherry blossom petals drifting through a pale spring garden, delicate and fresh",
     "spring cherry blossom petals pink flowers sakura"),
    ("spring-rose-petals", "Rose petals",
     "rose petals scattered around a blush pink surface, romantic for Mother's Day and Valentine's",
     "petals rose pink romantic valentine mothers-day flowers"),
    ("summer-green-leaves", "Leaf frame",
     "fresh green leaves framing a light wall, botanical, vegan and natural cosmetics",
     "leaves green botanical frame natural fresh plant eco"),
    ("autumn-leaves-table", "Autumn leaves on wood",
     "red, orange and yellow autumn leaves on a dark wooden table, harvest and Thanksgiving",
     "autumn fall leaves wood table orange harvest thanksgiving"),
)  # fmt: skip

NIGHTS = backdrops(
    "nights",
    ("sky-starry-night", "Starry night",
     "a starry night sky with the Milky Way above dark mountains, camping and wonder",
     "sky night stars milky-way space mountains camping"),
    ("sky-moonlit-clouds", "Moonlit clouds",
     "a full moon behind drifting clouds on a dark blue night, mysterious and quiet",
     "sky night moon clouds dark mysterious halloween sleep"),
    ("sky-aurora", "Northern lights",
     "green and violet northern lights over an arctic ridge, stars in a cold night sky",
     "sky aurora northern-lights green night arctic cold"),
)  # fmt: skip

SNOW = backdrops(
    "snow",
    ("winter-falling-snow", "Falling snow",
     "snow falling on a misty pine forest at dusk, a cold quiet winter landscape",
     "winter snow falling pine forest cold snowflakes"),
    ("winter-snow-drifts", "Snow drifts",
     "smooth white snow drifts under a pale blue sky, bright winter sun and skiing",
     "winter snow drifts white blue ski cold"),
    ("winter-frosted-window", "Frosted window",
     "a window covered in frost and ice crystals with warm lights glowing behind it",
     "winter frost ice window cold warm lights christmas"),
    ("desert-dunes", "Desert dunes",
     "golden desert sand dunes in evening light under a hazy sky, adventure and heat",
     "desert dunes sand gold warm adventure travel"),
)  # fmt: skip

WOODLAND = backdrops(
    "woodland",
    ("summer-meadow", "Summer meadow",
     "green meadow grass in warm summer sunlight with a blurred field behind, natural and organic",
     "summer meadow grass green field sun nature organic"),
    ("autumn-forest", "Autumn forest",
     "an amber autumn forest path with falling leaves and golden haze between the trees",
     "autumn fall forest trees leaves golden path"),
    ("winter-forest-fog", "Winter forest",
     "bare trees in white fog and snow, a silent minimalist winter forest",
     "winter forest trees fog snow bare cold minimal"),
)  # fmt: skip

SCENES = (*BOKEH, *SKIES, *NIGHTS, *SNOW, *NATURE, *SEASONS, *WOODLAND)
