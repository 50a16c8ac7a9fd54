"""Substack's export of a publication."""

import csv
import random
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from tests.samples.people import NEWEST, iso
from tests.samples.zips import new_member, new_zip


def substack_zip(path: Path, subscribers: int, posts: int = 3, *, seed: int = 7) -> Path:
    """Substack's export: one subscriber in ten pays."""
    with new_zip(path) as container:
        with new_member(container, "email_list.examplepub.csv") as file:
            _write_subscribers(file, subscribers, seed)
        with new_member(container, "posts.csv") as file:
            writer = csv.writer(file)
            writer.writerow(["post_id", "post_date", "is_published", "email_sent_at", "type", "audience", "title"])
            for number in range(posts):
                post, date = f"{100 + number}.post-{number}", iso(NEWEST - timedelta(days=number))
                writer.writerow([post, date, "true", date, "newsletter", "everyone", f"Post {number}"])
        for number in range(posts):
            container.writestr(f"posts/{100 + number}.post-{number}.html", f"<p>Text {number} &amp; more</p>")
    return path


def _write_subscribers(file: TextIO, subscribers: int, seed: int) -> None:
    choose = random.Random(seed)
    writer = csv.writer(file)
    writer.writerow(
        ["email", "active_subscription", "expiry", "plan", "email_disabled", "created_at", "first_payment_at"]
    )
    for number in range(subscribers):
        is_paid = number % 10 == 0
        since = iso(NEWEST - timedelta(days=choose.randrange(900)))
        plan, expiry = ("yearly", iso(NEWEST + timedelta(days=200))) if is_paid else ("other", "")
        writer.writerow([f"s{number}@reader{number % 90}.test", str(is_paid).lower(), expiry, plan, "false", since, ""])
