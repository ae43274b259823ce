"""Evaluation: any pictures scored with AIM, and what explains the scores, for pages, CLI and notebook.

    photos, rejected = store_photos(files, get_store())          # services.storage.intake
    session_id = create_evaluation(topic, prompt, photos, reference_sha256=photos[0].sha256)
    run_id = start_evaluation(session_id)                        # watch it with services.jobs.queue.get
    evaluation = load_evaluation(session_id)                     # rows, best first
    run_id = start_heatmap(evaluation.rows[0].id, "a red mug")   # then `find_heatmaps`

A session of the Studio loads the same way: its variants are the rows.
"""

from services.evaluation.load import find_heatmaps, heatmap, load_evaluation
from services.evaluation.runs import (
    evaluate_now,
    heatmaps_now,
    start_evaluation,
    start_explain,
    start_heatmap,
    start_heatmaps,
)
from services.evaluation.uploads import add_images, create_evaluation, name_of, update_texts
from services.evaluation.views import Evaluation, Likeness, MapKey, Row, StoredHeatmap, Twin

__all__ = [
    "Evaluation",
    "Likeness",
    "MapKey",
    "Row",
    "StoredHeatmap",
    "Twin",
    "add_images",
    "create_evaluation",
    "evaluate_now",
    "find_heatmaps",
    "heatmap",
    "heatmaps_now",
    "load_evaluation",
    "name_of",
    "start_evaluation",
    "start_explain",
    "start_heatmap",
    "start_heatmaps",
    "update_texts",
]
