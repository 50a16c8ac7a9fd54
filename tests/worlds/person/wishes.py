"""What the person of a world wants: their account, their sequences, whom they know."""

from typing import Any

HOST, SMTP_PORT, IMAP_PORT = "localhost", 2525, 1143

_LINE = "\n\n{{ unsubscribe }}"
SPRING: dict[str, Any] = {
    "name": "Spring",
    "templateType": "outreach",
    "platform": "gmail",
    "config": {
        "approval": "each",
        "timeZone": "Europe/Berlin",
        "window": {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:30", "to": "17:30"},
        "caps": {"perDay": 25},
        "undoSeconds": 60,
        "outOfOfficeDays": 5,
        "onAccountReply": "pause",
        "reenroll": {"afterDays": 30},
    },
    "steps": [
        {
            "stepType": "message",
            "config": {"subject": "Compilers", "text": f"Dear {{{{ first_name }}}}, hello.{_LINE}"},
        },
        {"stepType": "message", "delayHours": 72, "config": {"sameThread": True, "text": f"Once more.{_LINE}"}},
        {"stepType": "wait", "delayHours": 48, "config": {}},
        {"stepType": "message", "delayHours": 24, "config": {"sameThread": True, "text": f"A last word.{_LINE}"}},
    ],
}
AUTUMN: dict[str, Any] = {
    "name": "Autumn",
    "templateType": "outreach",
    "platform": "gmail",
    "config": {"approval": "version", "timeZone": "America/New_York", "window": {"from": "09:00", "to": "21:00"}},
    "steps": [
        {"stepType": "message", "config": {"subject": "Leaves", "text": f"Hello {{{{ first_name }}}}.{_LINE}"}},
        {"stepType": "message", "delayHours": 96, "config": {"subject": "More", "text": f"Again.{_LINE}"}},
    ],
}


def written(wish: dict[str, Any], delay_hours: int) -> dict[str, Any]:
    """A sequence as it is wished for, with so many hours between its steps; 0 for as many as it says."""
    steps: list[dict[str, Any]] = wish["steps"]
    return wish | {
        "steps": [
            each | {"delayHours": delay_hours} if "delayHours" in each and delay_hours else each for each in steps
        ]
    }
