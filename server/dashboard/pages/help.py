"""Help: first steps, the words that are used everywhere, the keyboard, what to ask in a chat."""

from collections.abc import Mapping

from onelane.server.dashboard.page import Page
from onelane.server.dashboard.visit import Visit

PATH = "/dashboard/help"
STEPS = (
    (
        "Bring people in",
        "An export of LinkedIn, Google, X or Substack, as it was downloaded. Nothing leaves this machine.",
        "Import a file",
        "/dashboard/start",
    ),
    (
        "Choose a template",
        "Some are ready-made. A preview shows who would get what, and when, before anything happens.",
        "Templates",
        "/dashboard/templates",
    ),
    (
        "Approve messages one by one",
        "A message waits until you have read it and said yes. Until then nothing is sent.",
        "Outbound",
        "/dashboard/outbound",
    ),
    (
        "Let it go on by itself",
        "A schedule repeats an import or a template, daily or whenever you say.",
        "Schedules",
        "/dashboard/schedules",
    ),
)
WORDS = (
    ("Contact", "A person whom you know, with all that is known about them and where it comes from."),
    ("Template", "What can be carried out again and again: a sequence of messages, a search, a pruning."),
    ("Sequence", "A template of messages and tasks with waits between them, for one person at a time."),
    ("Enrollment", "A person in a sequence, at one of its steps."),
    ("Run", "One time that something was done: a sync, a search, an agent."),
    ("Step", "One thing that a run did, with what went in and what came out."),
    ("Gate", "A reason for which a message may not go yet."),
    ("Uncertain", "A message of which nobody knows whether it left. Only you decide what happens with it."),
    ("Suppression", "An address that is not written to any more, whoever has it."),
    ("Schedule", "What starts runs by itself, again and again or once."),
)
QUESTIONS = (
    "What waits for me?",
    "Bring in Connections.csv from my downloads.",
    "Who of my contacts works at a bank and has not heard from me this year?",
    "Write a sequence of two e-mails for people whom I met at the fair, and show me what Ada would get.",
    "Why has Ada not been written to?",
    "Look for new connections every Monday morning.",
    "Stop all sending.",
)


def read(visit: Visit) -> Mapping[str, object]:
    """What is told; it is the same for everybody."""
    return {"steps": STEPS, "meanings": WORDS, "questions": QUESTIONS}


PAGE = Page(PATH, "help.html", read, section="help")
