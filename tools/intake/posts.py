"""Posts: what the owner published, and whom it named, answered or passed on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import orjson

from onelane.storage.accounts import Account
from onelane.storage.bulk import insert_rows, update_rows
from onelane.storage.content import ContentItem, ContentPost, ContentStatus, ContentType, Direction, PostStatus, ContentOrigin, read_posts
from onelane.storage.database import Session
from onelane.storage.engagements import Engagement, EngagementType, read_recorded
from onelane.storage.metrics import EngagementMetrics
from onelane.tools.intake.messages import can_be_told
from onelane.tools.intake.owners import is_owner
from onelane.tools.intake.people import Change, People
from onelane.tools.intake.person import Facts, Person, text_of, united
from onelane.tools.platforms.records import PersonRecord, PostRecord
