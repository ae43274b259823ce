"""The studio's limits, each a named constant with its reason."""

TOPIC_CHARS = 200
"""A topic is a caption-like sentence; caption similarity compares sentences of that length."""

PRODUCT_TEXT_CHARS = 4_000
"""About 800 words. Longer text is a document, not a brief."""

HEADLINE_CHARS = 80
"""Longer headlines cannot be set at a readable size with safe margins."""

PHOTOS_PER_BRIEF = 12
"""More photos than this are a library, not a product's photos."""

VARIANTS_PER_RUN = 24
"""One run stays within minutes on two cores; more come from a second run."""

SUBQUERIES = (3, 6)
"""Fewer do not cover a scene, more dilute each other's weight (rdm.md)."""

MATCHES_PER_SUBQUERY = 4
"""What one row of the references step shows without scrolling."""

IMAGE_BYTES = 40 * 2**20
"""A 50-megapixel JPEG of high quality fits; a larger file is a mistake or an attack."""

IMAGE_PIXELS = 50_000_000
"""Decoded RGB of this size takes 150 MB. A 17 kB PNG can claim 144 megapixels."""

IMAGE_SIDE = (16, 16_384)
"""Below 16 px nothing can be recognised; above 16384 px a strip such as 1x100000 is refused."""

ZIP_FILES = 20_000
ZIP_BYTES = 8 * 2**30
ZIP_RATIO = 100
"""Uncompressed over compressed, per member. Photos hardly compress: 100 leaves room for drawings
and stops a bomb (195 kB to 200 MB is 1000)."""

UPLOAD_FILES = 2_000
"""More than this at once stall a browser; a ZIP file carries any number."""

LEAST_FREE_BYTES = 256 * 10**6
"""Below this nothing new begins: what runs, and the database itself, need room to end well."""

THUMBNAIL_SIDE = 320
"""Cards are at most 320 css px wide; 200 thumbnails of this size draw in 0.2 s."""

CAMPAIGN_NAME_CHARS = 120
"""As wide as the database's column; names are shown on cards."""

EVALUATION_IMAGES = 200
"""More pictures than this in one table are not compared by anyone; memory would allow any number."""

STARS = 5
"""The most stars a person can give a variant."""

TAG_CHARS = 40
"""As wide as the database's column; a tag is a word or two on a card."""

TAGS_PER_VARIANT = 12
"""More do not fit on a card, and tell nothing apart."""

COMMENT_CHARS = 2_000
"""About 400 words: a remark, not a document."""

IMPORT_VARIANTS = 200
"""Made again from one file: minutes with layouts, hours with diffusion. More come from a second import."""

LEGACY_ROWS = 2_000_000
"""Vectors of one imported index, and names of its list: twice what our own indexes are measured at."""

LEGACY_DIMENSIONS = 8_192
"""The widest embeddings in use have 4096 numbers; a header that claims more is damaged."""

LEGACY_LIST_BYTES = 512 * 2**20
"""A list of file names: 2 million paths of 250 bytes."""

EXPERIMENT_BRIEFS = 24
EXPERIMENT_STRATEGIES = 8
EXPERIMENT_SEEDS = 24
"""A matrix larger than this is read by nobody; differences that need more pairs are too small to matter."""

EXPERIMENT_CELLS = 1_000
"""Variants of one experiment: about half an hour with layouts, days with diffusion on a processor."""
