"""What can be synced: the sub-types that qualify sync runs and cursors (docs/sync.md, "Sub-types")."""

from onelane.storage.database.columns import Vocabulary
from onelane.storage.platforms.accounts import Platform
from onelane.storage.workflows.runs import WorkflowType


class SyncSubType(Vocabulary):
    """What a sync brings in; its category is the platform. `tools.platforms.exports` knows which files hold it."""

    X_CONTACTS = "x_contacts", "X Contacts", "users", Platform.X
    X_TWEETS = "x_tweets", "X Tweets", "message-square", Platform.X
    X_MENTIONS = "x_mentions", "X Mentions", "at-sign", Platform.X
    X_ENRICH = "x_enrich", "X Profile Enrichment", "sparkles", Platform.X
    GMAIL_CONTACTS = "gmail_contacts", "Gmail Contacts", "users", Platform.GMAIL
    GMAIL_METADATA = "gmail_metadata", "Gmail Email Metadata", "mail", Platform.GMAIL
    LINKEDIN_CONTACTS = "linkedin_contacts", "LinkedIn Connections", "users", Platform.LINKEDIN
    ONELANE_CONTACTS = "onelane_contacts", "Onelane Contacts", "users", Platform.ONELANE
    SUBSTACK_CONTACTS = "substack_contacts", "Substack Subscribers", "users", Platform.SUBSTACK
    SUBSTACK_POSTS = "substack_posts", "Substack Posts", "file-text", Platform.SUBSTACK

    @property
    def platform(self) -> Platform:
        """Where it comes from."""
        return Platform(self.category)

    @property
    def is_online(self) -> bool:
        """Whether its platform can be asked for it; others come from files only."""
        return self.platform in (Platform.X, Platform.GMAIL, Platform.LINKEDIN)

    @property
    def workflow_type(self) -> WorkflowType:
        """The type of run that it is: filling in what is known already is no sync (docs/sync.md, "Sub-types")."""
        return WorkflowType.ENRICH if self is SyncSubType.X_ENRICH else WorkflowType.SYNC
