"""A refused word or name leads on to the right one, whatever a model said for it."""

from typing import Any

from mcp import Client
from mcp_types import TextContent

from onelane.server.mcp import build_mcp
from onelane.storage.database.engine import Database
from tests.server.houses import house

Json = dict[str, Any]

STEP_WORDS = {
    "email": "message", "send_email": "message", "msg": "message", "inmail": "message", "LinkedIn DM": "message",
    "pause": "wait", "delay": "wait", "connection request": "connect", "invite": "connect", "if": "condition",
}  # fmt: skip

SCHEDULE = {"workflow_type": "prune", "config": {"dryRun": True}}

REFUSED: list[tuple[str, Json, str]] = [
    ("create_template", {"name": "A", "template_type": "campaign"}, "Did you mean 'outreach'?"),
    ("create_template", {"name": "A", "type": "outreach"}, "Did you mean 'template_type'?"),
    ("create_template", {"name": "A", "template_type": "outreach", "steps": ["Hi"]}, "'steps.0' must be an object."),
    ("update_template", {"template_id": "tpl_none", "status": "start"}, "Did you mean 'active'?"),
    ("update_template", {"id": "tpl_none"}, "There is no template 'tpl_none'."),
    ("set_schedule", SCHEDULE | {"when": "weekly"}, "Did you mean 'cron'?"),
    ("set_schedule", SCHEDULE | {"schedule": "weekly"}, "Did you mean 'cron'?"),
    ("set_schedule", SCHEDULE | {"id": "sch_none", "cron": "weekly"}, "Did you mean 'schedule_id'?"),
    ("set_schedule", SCHEDULE | {"cron": "every monday 8am"}, "'0 8 * * mon'"),
    ("set_schedule", SCHEDULE | {"cron": "every monday at 8 am"}, "'0 8 * * mon'"),
    ("set_schedule", SCHEDULE | {"cron": "every 2 weeks at 8"}, "'0 8 1,15 * *'"),
    ("set_schedule", SCHEDULE | {"cron": "every 3 days"}, "'0 9 */3 * *'"),
    ("set_schedule", SCHEDULE | {"cron": "every other month"}, "'0 9 1 */2 *'"),
    ("set_schedule", SCHEDULE | {"cron": "tomorrow"}, "give the instant as at="),
    ("set_schedule", SCHEDULE | {"cron": "in 2 hours"}, "give the instant as at="),
    ("set_schedule", SCHEDULE | {"cron": "2026-12-01T09:00"}, "give the instant as at="),
    ("start_run", {"workflow_type": "import"}, "Did you mean 'sync'?"),
    ("start_run", {"workflow_type": "cleanup"}, "Did you mean 'prune'?"),
    ("start_run", {"workflow_type": "outreach"}, "Did you mean 'sequence'?"),
    ("start_run", {"type": "prune"}, "Did you mean 'workflow_type'?"),
    ("start_sync", {"sub_type": "connections"}, "Did you mean 'linkedin_contacts'?"),
    ("start_sync", {"sub_type": "google"}, "Did you mean 'gmail_contacts'?"),
    ("start_sync", {"sub_type": "CSV"}, "It means: what to bring in, where the file leaves that open."),
    ("start_sync", {"path": "Connections.csv"}, "Did you mean 'file'?"),
    ("enroll_contacts", {"template_id": "tpl_none", "query": "fintech"}, "Did you mean 'where'?"),
    ("enroll_contacts", {"template_id": "tpl_none", "people": ["Ada"]}, "Did you mean 'contact_ids'?"),
    (
        "enroll_contacts",
        {"template_id": "tpl_none", "where": "fintech"},
        "'where' must be an object. It holds: tag, company, query, due.",
    ),
    ("get_contact", {"name": "Ada"}, "Did you mean 'contact_id'?"),
    ("save_contact", {"full_name": "Bo"}, "Did you mean 'name'?"),
    ("save_contact", {"name": "Bo", "organization": "X"}, "Did you mean 'company'?"),
    ("save_contact", {"name": "Bo", "linkedin": "x"}, "Did you mean 'profile_url'?"),
    ("save_contact", {"name": "Bo", "birthday": "1.1."}, "Did you mean 'notes'?"),
    ("save_contact", {"id": "con_none", "title": "x"}, "Did you mean 'contact_id'?"),
    ("tag_contacts", {"contact_ids": ["con_none"], "tags": ["x"]}, "Did you mean 'add'?"),
    ("search_contacts", {"limit": 5}, "Did you mean 'page_size'?"),
    ("list_runs", {"status": "done"}, "Did you mean 'completed'?"),
    ("control_run", {"run_id": "run_none", "action": "stop"}, "Did you mean 'cancel'?"),
    ("undo", {"run_id": "run_none"}, "Did you mean 'what'?"),
    ("undo", {"what": "Yesterday"}, "can be taken back."),
    (
        "set_schedule",
        SCHEDULE | {"at": "tomorrow at 9"},
        "'at' must be a date or a time, such as 2026-12-01",
    ),
    ("list_outbound", {"status": "waiting"}, "Did you mean 'awaiting_approval'?"),
    ("connect_account", {"platform": "google"}, "Did you mean 'gmail'?"),
    ("get_contact", {"contact_id": "Ada Example"}, "search_contacts(query='Ada Example')"),
]


async def test_a_refusal_names_what_was_meant_however_a_model_said_it(sqlite_database: Database) -> None:
    words = [
        ("create_template", {"name": "A", "template_type": "outreach", "steps": [{"step_type": word}]}, f"{ours!r}?")
        for word, ours in STEP_WORDS.items()
    ]
    elsewhere: list[str] = []
    async with Client(build_mcp(house(sqlite_database))) as client:
        for tool, arguments, meant in [*words, *REFUSED]:
            answer = await client.call_tool(tool, arguments)
            text = "\n".join(block.text for block in answer.content if isinstance(block, TextContent))
            if meant not in text or not answer.is_error:
                elsewhere.append(f"{tool} {arguments}: {text[:300]}")
    assert elsewhere == []


async def test_a_word_that_fits_several_leads_to_none_of_them(sqlite_database: Database) -> None:
    async with Client(build_mcp(house(sqlite_database))) as client:
        answer = await client.call_tool("start_sync", {"sub_type": "contacts"})
        assert "Did you mean" not in str(answer.content)
