"""Scripts by name, for a stand-in that is a process of its own."""

from tests.server.agent.script import Script, calls, says, thinks

HELLO = Script([thinks("Someone greets me."), says("Hello.")])

_NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "Tony", "Radia", "Ken", "Margaret")
TWELVE_TURNS = Script(
    *(
        [
            thinks(f"Next comes {name}."),
            says(f"I write {name} down and look around."),
            calls("save_contact", name=name, company="Engines"),
            calls("search_contacts", query=name),
            calls("create_template", name=f"For {name}", template_type="nurture"),
        ]
        for name in _NAMES
    ),
    [thinks("That was all."), says("All of them are written down.")],
)
"""Eleven turns with two effects each, and a last one."""
PEOPLE = len(_NAMES)
