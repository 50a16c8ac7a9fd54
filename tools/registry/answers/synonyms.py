"""What people and models say for a word of ours, so that a refusal names the right one and not one written alike."""

from collections.abc import Mapping, Sequence

_SAID = {
    # Steps and templates.
    "message": "email e-mail mail msg dm direct_message inmail sms letter write send",
    "wait": "pause delay sleep",
    "connect": "invite invitation connection_request connection request add",
    "comment": "reply post",
    "condition": "if branch check",
    "outreach": "sequence campaign cadence drip email mail sales",
    "content": "post posts newsletter",
    "enrichment": "enrich research",
    "pruning": "prune cleanup clean",
    "prospecting": "search leads find",
    # Runs.
    "sync": "import upload load fetch linkedin gmail csv",
    "prune": "cleanup clean clean_up archive pruning",
    "sequence": "outreach campaign cadence send outbound drip",
    "search": "find prospect prospecting discover",
    "enrich": "enrichment research fill",
    "cancel": "stop abort end kill terminate",
    "resume": "start continue unpause go",
    "retry": "restart rerun again repeat",
    # States.
    "active": "live start started on enabled running activate publish published",
    "paused": "stop stopped off pause disabled inactive",
    "completed": "done finished complete closed success succeeded archived",
    "failed": "error errors broken",
    "pending": "queued waiting scheduled open",
    "running": "active live in_progress",
    "cancelled": "canceled aborted stopped",
    "removed": "remove delete unenroll unsubscribe",
    # What is brought in.
    "x_contacts": "twitter",
    "x_tweets": "tweets",
    "linkedin_contacts": "linkedin connections linkedin_connections connections_csv",
    "gmail_contacts": "gmail google google_contacts address_book vcard vcf",
    "gmail_metadata": "mail email inbox mbox",
    "substack_contacts": "substack subscribers",
    "onelane_contacts": "onelane json backup export",
    "gmail": "google googlemail google_contacts",
    "x": "twitter",
    "microsoft": "outlook office365 office hotmail exchange",
    # Tools.
    "search_contacts": "list_contacts find_contacts query_contacts list_people find_people search_people",
    "save_contact": "create_contact add_contact update_contact edit_contact add_note "
    "set_reminder remind_me create_reminder edit_person add_person",
    "archive_contacts": "delete_contact delete_contacts remove_contact remove_contacts put_aside",
    "create_template": "create_campaign create_sequence add_template",
    "list_templates": "list_campaigns list_sequences",
    "enroll_contacts": "add_to_sequence add_to_campaign enroll",
    "list_runs": "list_workflows list_syncs list_agents",
    "start_run": "run_workflow start_workflow run_template launch_run enrich_contact enrich_contacts prune_contacts",
    "control_run": "stop_run cancel_run pause_run resume_run retry_run",
    "start_sync": "import_contacts import_file import_csv sync_contacts",
    "set_schedule": "create_schedule update_schedule add_schedule schedule_run",
    "list_outbound": "list_messages list_emails",
    "overview": "status get_status get_overview summary",
    "get_contact": "show_contact contact_details get_person",
    "restore_contacts": "unarchive unarchive_contact unarchive_contacts",
    "merge_contacts": "merge dedupe deduplicate merge_people merge_duplicates",
    "count_contacts": "stats statistics contact_stats count_people group_contacts aggregate_contacts",
    "tag_contacts": "add_tag add_tags remove_tag untag_contacts label_contacts",
    "suppress_contact": "unsubscribe_contact unsubscribe block_contact do_not_contact opt_out stop_contact",
    "stop_outbound": "stop_everything stop_all stop emergency_stop "
    "halt pause_all stop_sending kill_switch pause_outbound",
    "list_tasks": "list_drafts inbox todo todos needs_you list_todos list_duplicates find_duplicates list_questions",
    "finish_task": "complete_task close_task done_task snooze_task",
    "undo": "revert rollback roll_back take_back undo_run undo_import revert_run",
    "request_approval": "approve approve_message approve_messages approve_outbound "
    "send send_message send_email send_messages",
    "preview_sequence": "preview dry_run preview_template simulate",
    "save_draft": "create_draft draft write_draft",
    "get_run": "run_status get_run_status show_run",
    "connect_account": "login sign_in connect add_account",
    "list_enrollments": "list_members list_enrolled",
    "activate_template": "activate launch start_template start_campaign start_sequence launch_campaign",
    "awaiting_approval": "waiting pending to_approve unapproved draft queued open",
    # Arguments; of two that a tool has, the first here is meant.
    "schedule_id": "id",
    "workflow_type": "type kind job run_type",
    "template_type": "type kind",
    "body": "text content message words",
    "add": "tags tag labels",
    "name": "full_name fullname contact_name",
    "company": "organization organisation org employer company_name account",
    "title": "role position job job_title",
    "location": "city place town region",
    "profile_url": "url linkedin linkedin_url link profile",
    "website": "homepage site web",
    "notes": "birthday description about remark memo custom",
    "funnel_stage": "stage status",
    "rhythm_days": "follow_up followup remind reminder cadence every frequency",
    "cron": "when schedule rhythm every frequency recurrence interval repeat time",
    "at": "date datetime run_at start_at once",
    "delay_hours": "delay wait wait_hours delay_days wait_days days hours after",
    "config": "text subject body message content settings options params template",
    "step_type": "type kind action channel",
    "sub_type": "type kind source platform",
    "file": "path filename file_name files csv upload",
    "where": "query filter filters tag tags name search names company",
    "query": "q text words search name keyword keywords where filter",
    "page_size": "limit count size n max top per_page max_results",
    "what": "id run_id change_id day target",
    "contact_ids": "contacts people ids id contact_id",
    "contact_id": "id person contact name who",
    "template_id": "id template campaign sequence campaign_id sequence_id",
    "run_id": "id run",
    "reason": "why note notes comment",
    "group_by": "by group",
    # Whom a pruning means.
    "title_matches": "title title_contains titles job_title position role",
    "company_in": "company companies company_contains",
    "tags_any": "tag tags has_tag",
    "without_email": "no_email missing_email",
    "no_interaction_days": "inactive inactive_days no_reply last_contact days idle_days",
}  # fmt: skip


def _by_word(table: Mapping[str, str]) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for word, others in table.items():
        for other in others.split():
            words.setdefault(other, []).append(word)
    return words


_OURS = _by_word(_SAID)


def synonym(parts: Sequence[str], words: Sequence[str]) -> str | None:
    """The known word that means what was said; None where none does.

    Args:
        parts: what was said, in words and in small letters
        words: the words that there are, in either spelling
    """
    by_spelling = {word.lower().replace("_", ""): word for word in words}
    candidates = (by_spelling.get(word.replace("_", "")) for word in _OURS.get("_".join(parts), ()))
    return next(filter(None, candidates), None)
