"""The thirty faults that the studio survives, each with the tests that fail without its defence.

A fault that comes back is looked up here first.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
INTAKE, SOURCES, WEB = "unit/test_intake", "unit/test_sources", "unit/test_web"
INPUT, INGEST = "integration/test_faults_input", "integration/test_ingest_sources"
WORKER, KILLED, QUEUE = (
    "integration/test_worker",
    "integration/test_worker_faults",
    "integration/test_fair_queue",
)
RAY, INDEX, LLM = "integration/test_ray", "integration/test_index_scale", "integration/test_planning_llm"

FAULTS: dict[int, tuple[str, dict[str, list[str]]]] = {
    1: ("the studio is killed", {KILLED: ["test_a_worker_outlives_the_process_that_started_it"]}),
    2: (
        "the worker is killed in a step",
        {
            KILLED: ["test_a_killed_worker_s_step_is_done_once_more_and_counts_once"],
            "integration/test_chaos": ["test_nothing_is_lost_or_doubled_by_kills"],
        },
    ),
    3: (
        "the supervisor is killed",
        {
            KILLED: ["test_the_supervisor_starts_one_worker_and_starts_it_again_when_it_dies"],
            RAY: ["test_a_killed_supervisor_comes_back_and_keeps_the_pool_whole"],
        },
    ),
    4: ("a node is lost", {RAY: ["test_a_node_killed_in_a_step_is_survived"]}),
    5: (
        "the database or Ray's head is down",
        {
            "pages/test_database_away": [
                "test_a_page_says_it_and_comes_back",
                "test_the_worker_waits_and_goes_on",
            ],
            QUEUE: ["test_what_was_made_while_the_database_was_away_is_not_made_again"],
            RAY: ["test_pages_are_told_when_no_worker_answers_and_work_goes_on_when_they_are_back"],
        },
    ),
    6: ("stopped past the lease", {KILLED: ["test_a_worker_stopped_past_its_lease_is_fenced"]}),
    7: (
        "the disk is full",
        {
            QUEUE: ["test_a_full_disk_pauses_and_goes_on_by_itself"],
            INPUT: ["test_a_full_disk_stops_in_words_and_tears_nothing"],
        },
    ),
    8: (
        "killed while writing a file",
        {
            "unit/test_image_store": ["test_kill_between_write_and_rename_leaves_only_a_temporary_file"],
            "integration/test_ingest_kills": ["test_twenty_kills_leave_each_picture_once"],
            "integration/test_backup": ["test_killed_while_it_is_written_the_old_backup_stays"],
        },
    ),
    9: (
        "a file is missing or corrupt",
        {
            "unit/test_image_store": ["test_damage_is_flagged_and_healed_by_putting_again"],
            "integration/test_kandinsky_runs": ["test_a_lost_file_is_made_again_from_its_recipe"],
            "integration/test_remote_store": [
                "test_an_object_with_other_bytes_is_set_aside_and_can_be_put_again"
            ],
        },
    ),
    10: (
        "an index is truncated or has flipped bits",
        {
            INDEX: [
                "test_truncated_file_is_never_opened",
                "test_file_that_was_written_to_is_never_opened",
                "test_file_that_rotted_is_opened_at_once_then_found_out",
            ]
        },
    ),
    11: (
        "the encoder or its dimension changed",
        {
            "integration/test_index": ["test_another_encoder_is_refused_with_the_number_to_encode"],
            INDEX: ["test_vectors_of_another_dimension_are_refused"],
        },
    ),
    12: (
        "a vector that is none",
        {INDEX: ["test_vector_that_is_no_vector_is_refused_wherever_it_comes_in"]},
    ),
    13: (
        "out of GPU memory",
        {
            "integration/test_kandinsky_runs": [
                "test_out_of_memory_halves_the_batch_once",
                "test_out_of_memory_twice_is_a_clear_failure",
            ]
        },
    ),
    14: (
        "a step that always fails",
        {
            WORKER: [
                "test_an_unexpected_failure_is_tried_again_then_told_plainly",
                "test_a_step_that_takes_its_worker_down_is_given_up",
            ]
        },
    ),
    15: (
        "cancelled",
        {
            "integration/test_queue": [
                "test_cancel_while_queued_is_at_once",
                "test_cancel_while_running_keeps_what_is_finished",
            ],
            "integration/test_kandinsky_runs": [
                "test_a_cancel_keeps_what_is_finished_and_stops_within_one_step"
            ],
        },
    ),
    16: ("a double click", {"integration/test_queue": ["test_a_double_click_is_one_run"]}),
    17: (
        "a chat model that fails",
        {
            "integration/test_planning_llm_failures": [
                "test_a_fault_that_may_pass_is_tried_again_and_then_planned_here",
                "test_a_silent_server_is_left_at_the_timeout",
                "test_a_request_that_is_never_right_ends",
            ],
            LLM: ["test_weights_that_do_not_sum_are_scaled_and_said"],
        },
    ),
    18: (
        "instructions inside a brief or a picture's words",
        {
            LLM: [
                "test_the_brief_is_data_in_the_users_message_alone",
                "test_only_checked_words_come_through_from_a_model_that_obeys_the_brief",
            ],
            INPUT: ["test_words_beside_pictures_are_words"],
        },
    ),
    19: (
        "a tiny file of 144 megapixels",
        {INTAKE: ["test_tiny_file_of_144_megapixels_is_refused_before_it_is_decoded"]},
    ),
    20: ("a truncated JPEG", {INTAKE: ["test_truncated_file_is_refused"]}),
    21: (
        "formats that are not pictures",
        {
            INTAKE: [
                "test_only_three_formats_are_ever_tried",
                "test_other_files_are_named_for_what_they_are",
            ],
            INGEST: ["test_a_manifest_beside_uploads_may_name_pictures_of_the_web"],
        },
    ),
    22: (
        "animated, CMYK, 16-bit, rotated, alpha, empty, strips",
        {
            INTAKE: [
                "test_animated_files_give_their_first_frame_and_a_notice",
                "test_cmyk_keeps_its_colours",
                "test_sixteen_bit_grey_is_scaled_and_not_clipped",
                "test_exif_rotation_is_applied",
                "test_alpha_stays",
                "test_no_width_is_refused",
                "test_strips_and_specks_are_refused",
            ]
        },
    ),
    23: (
        "a ZIP bomb",
        {
            SOURCES: [
                "test_bomb_of_zeros_is_refused_without_being_unpacked",
                "test_ratio_of_no_photo_is_refused",
                "test_member_that_lies_about_its_size_gives_no_more_than_it_said",
                "test_caps_on_the_whole_archive",
            ],
        },
    ),
    24: (
        "a ZIP that leads out",
        {
            SOURCES: [
                "test_paths_that_lead_out_are_refused_and_the_rest_goes_on",
                "test_links_are_refused",
                "test_archives_inside_are_refused",
                "test_links_that_stay_inside_are_read_and_others_refused",
            ],
            INGEST: ["test_bad_rows_are_listed_with_their_line_and_the_rest_goes_on"],
        },
    ),
    25: (
        "a URL that leads inside",
        {
            WEB: [
                "test_addresses_that_are_not_public",
                "test_the_product_connects_to_none_of_these",
                "test_a_server_on_this_machine_is_out_of_the_products_reach",
                "test_a_name_that_answers_otherwise_a_moment_later_changes_nothing",
                "test_each_address_of_a_name_is_checked",
                "test_a_redirect_inside_is_stopped_at_the_connection",
            ],
            INGEST: ["test_the_product_fetches_nothing_from_this_machine"],
        },
    ),
    26: (
        "a pickle from outside",
        {
            "unit/test_legacy_paths": ["test_code_is_never_run", "test_hostile_pickles_are_refused"],
            INPUT: ["test_a_pickle_is_opened_as_no_source"],
        },
    ),
    27: (
        "hostile file names",
        {
            INTAKE: ["test_hostile_names_are_shown_harmlessly", "test_long_names_keep_their_ending"],
            SOURCES: ["test_uploads_may_hold_an_archive_and_hostile_names"],
            INPUT: ["test_no_name_of_a_source_becomes_a_path"],
        },
    ),
    28: (
        "a migration killed halfway, or a newer schema",
        {
            "integration/test_migrations": [
                "test_a_process_killed_while_it_migrates_leaves_the_old_state",
                "test_a_newer_database_is_refused_and_left_alone",
                "test_an_old_database_is_copied_before_it_is_changed",
            ],
            "integration/test_backup": ["test_killed_while_it_restores_the_old_state_stays"],
        },
    ),
    29: ("the clock jumps", {WORKER: ["test_a_clock_that_jumps_steals_no_lease"]}),
    30: (
        "positions and names in photos",
        {
            INTAKE: ["test_nothing_but_pixels_is_stored"],
            INPUT: ["test_positions_stay_behind_whatever_the_source"],
            "integration/test_export": ["test_no_file_of_an_export_carries_a_position_or_a_camera"],
        },
    ),
}


@cache
def defined_in(module: str) -> set[str]:
    tree = ast.parse((TESTS / f"{module}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_all_thirty_are_here() -> None:
    assert list(FAULTS) == list(range(1, 31))


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_tests(fault: int) -> None:
    what, held = FAULTS[fault]
    assert held, what
    for module, names in held.items():
        assert set(names) <= defined_in(module), f"{what}: {module}"
