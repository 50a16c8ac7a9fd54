"""All that a person does over REST."""

from onelane.server.http.person.answers import QUESTIONS
from onelane.server.http.person.content import CONTENT
from onelane.server.http.person.erasure import ERASURE
from onelane.server.http.person.mail_accounts import ACCOUNTS
from onelane.server.http.person.messages import MESSAGES
from onelane.server.http.person.outreach import OUTREACH

PERSON_OPERATIONS = (*QUESTIONS, *MESSAGES, *CONTENT, *OUTREACH, *ACCOUNTS, *ERASURE)
