"""Who is who."""

import pytest

from onelane.storage.people.identities import Identity
from tests.tools.people.intake.takings import JULY_1, Taking, counts, google, linkedin, x


def test_a_profile_is_one_person_whatever_the_file_calls_them(taking: Taking) -> None:
    taking.take(linkedin("Ada Example", "ada"))
    outcome = taking.take(linkedin("Ada Lovelace-Example", "ada"))
    assert counts(outcome) == (0, 1, 0, 0, 0)
    assert taking.names() == ["Ada Lovelace-Example"]


def test_two_profiles_of_one_name_and_company_are_two_people_and_nobody_is_asked(taking: Taking) -> None:
    people = [linkedin("Ada Smith", slug, company="Corp") for slug in ("ada-1", "ada-2")]
    outcome = taking.take(*people)
    assert (outcome.added, outcome.proposals) == (2, 0)


def test_an_address_that_belongs_to_one_contact_tells_who_it_is(taking: Taking) -> None:
    taking.take(linkedin("Ada Example", "ada", "Ada@Example.com"))
    outcome = taking.take(google("Dr. Ada King Example", "ada@example.com", "ada.home@example.com"))
    assert counts(outcome) == (0, 1, 0, 0, 0)
    (ada,) = taking.contacts()
    assert taking.emails(ada["id"]) == ["ada.home@example.com", "ada@example.com"]
    assert taking.identities(ada["id"]) == [("gmail", "ada@example.com"), ("linkedin", "ada")]


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ("Ada Example", "ADA EXAMPLE"),
        ("Ada Example", "Example, Ada"),
        ("Ada Example", None),
        ("Zoë Fictional", "Zoe Fictional"),
        ("Ada Lovelace", "Ada King"),
        ("A. E.", "A. E."),
        ("愛川 翼", "翼 愛川"),
        ("Иван Петров", "Ivan Petrov"),
    ],
)
def test_names_that_may_be_one_do_not_keep_an_address_from_telling(
    taking: Taking, known: str, found: str | None
) -> None:
    taking.take(google(known, "shared@example.com"))
    outcome = taking.take(google(found, "shared@example.com"))
    assert (outcome.added, outcome.proposals) == (0, 0)
    assert len(taking.contacts()) == 1


@pytest.mark.parametrize(("one", "other"), [("Ada Example", "Bob Meyer"), ("Ada Smith", "Bob Smith")])
def test_an_address_with_names_that_contradict_each_other_makes_two_people_and_asks(
    taking: Taking, one: str, other: str
) -> None:
    taking.take(google(one, "shared@example.com"))
    outcome = taking.take(google(other, "shared@example.com"))
    assert (outcome.added, outcome.proposals) == (1, 1)
    (task,) = taking.proposals()
    assert task["task_type"] == "merge_proposal"
    assert task["title"] == f"Same person? {other} and {one}"
    assert "shared@example.com" in task["description"]


def test_of_several_who_share_an_address_each_is_known_by_name_when_the_file_comes_again(taking: Taking) -> None:
    people = [google(name, "us@example.com") for name in ("Ada Smith", "Bob Smith", None)]
    first = taking.take(*people)
    assert (first.added, first.proposals) == (2, 1)
    again = taking.take(*reversed(people))
    assert counts(again) == (0, 0, 3, 0, 0)
    assert again.proposals == 0


def test_a_role_address_makes_nobody_one_person(taking: Taking) -> None:
    people = [google("Ada Example", "info@example.com"), google("Ada King", "info@example.com")]
    outcome = taking.take(*people, google("Bob Meyer", "info@example.com"), google(None, "info@example.com"))
    assert (outcome.added, outcome.proposals) == (4, 0)
    assert counts(taking.take(*people)) == (0, 0, 2, 0, 0)


def test_two_known_people_who_turn_out_to_share_an_address_are_asked_about_and_stay_two(taking: Taking) -> None:
    taking.take(linkedin("Ada Example", "ada"))
    taking.take(google("Ada King", "ada@example.com"))
    outcome = taking.take(linkedin("Ada Example", "ada", "ada@example.com"))
    assert outcome.proposals == 1
    assert taking.names() == ["Ada Example", "Ada King"]
    assert counts(taking.take(linkedin("Ada Example", "ada", "ada@example.com"))) == (0, 0, 1, 0, 0)
    assert len(taking.proposals()) == 1


def test_the_same_name_and_company_on_another_platform_is_asked_about_once(taking: Taking) -> None:
    taking.take(linkedin("Zoë Fictional", "zoe", company="Müller, Schmidt & Co. KG"))
    entry = google("ZOË FICTIONAL", "zoe@example.com", company="Müller Schmidt")
    assert taking.take(entry).proposals == 1
    assert taking.take(entry).proposals == 0
    assert len(taking.contacts()) == 2


def test_a_name_alone_says_nothing(taking: Taking) -> None:
    taking.take(*(linkedin("Ada Smith", f"ada-{number}", company=f"Corp {number}") for number in range(40)))
    assert taking.take(google("Ada Smith", "ada@example.com")).proposals == 0
    assert taking.take(google("Ada Smith", "ada@example.org", company="Elsewhere")).proposals == 0


def test_a_profile_that_stands_in_the_address_book_is_that_persons(taking: Taking) -> None:
    taking.take(google("Ada Example", "ada@example.com", website="https://twitter.com/Ada_Example"))
    taking.take(x("2001", "ada_example", "Ada ✨"))
    (ada,) = taking.contacts()
    assert taking.identities(ada["id"]) == [("gmail", "ada@example.com"), ("x", "2001")]


def test_a_companys_profile_beside_several_people_makes_them_no_one_person(taking: Taking) -> None:
    site = "https://x.com/engines"
    taking.take(*(google(name, website=site) for name in ("Ada Example", "Bob Meyer", "Eve Jones")))
    assert len(taking.contacts()) == 3


def test_a_handle_that_changed_hands_is_another_person(taking: Taking) -> None:
    taking.take(x("2001", "ada", "Ada Example"))
    taking.take(x("3001", "ada", "Bob Meyer"))
    assert taking.names() == ["Ada Example", "Bob Meyer"]


def test_a_number_without_a_name_becomes_the_person_whose_handle_it_is(taking: Taking) -> None:
    taking.take(x("2001", relations=("follower",)))
    taking.take(google("Ada Example", "ada@example.com", website="https://x.com/ada_example"))
    assert taking.names() == ["Ada Example", "id 2001"]
    outcome = taking.take(x("2001", "ada_example", "Ada ✨"))
    assert counts(outcome) == (0, 1, 0, 0, 0)
    (ada,) = taking.contacts()
    assert ada["name"] == "Ada Example"
    assert taking.identities(ada["id"]) == [("gmail", "ada@example.com"), ("x", "2001")]
    primary = [row["platform"] for row in taking.rows(Identity) if row["is_primary"]]
    assert primary == ["gmail"]


def test_a_new_address_of_a_profile_with_the_same_mailbox_is_the_same_person(taking: Taking) -> None:
    taking.take(linkedin("Ada Example", "ada-old", "ada@example.com"))
    taking.take(linkedin("Ada Example", "ada-new", "ada@example.com"))
    (ada,) = taking.contacts()
    assert taking.identities(ada["id"]) == [("linkedin", "ada-new"), ("linkedin", "ada-old")]


def test_rows_without_profile_are_known_again_with_another_title(taking: Taking) -> None:
    taking.take(linkedin("Grace Sample", "", company="Works", title="Admiral"))
    outcome = taking.take(linkedin("Grace Sample", "", company="Works", title="Retired"))
    assert counts(outcome) == (0, 1, 0, 0, 0)
    assert len(taking.contacts()) == 1


def test_rows_without_profile_that_differ_in_day_or_address_are_other_people(taking: Taking) -> None:
    outcome = taking.take(
        linkedin("Grace Sample", "", "grace@example.com", company="Works"),
        linkedin("Grace Sample", "", "other@example.org", company="Works"),
        linkedin("Grace Sample", "", company="Works", connected_at=JULY_1),
    )
    assert outcome.added == 3


def test_a_row_without_profile_and_with_a_new_company_is_asked_about(taking: Taking) -> None:
    taking.take(linkedin("Grace Sample", "", company="Works"))
    outcome = taking.take(linkedin("Grace Sample", "", company="Elsewhere"))
    assert (outcome.added, outcome.proposals) == (1, 1)


@pytest.mark.parametrize("older_first", [True, False])
def test_an_older_file_without_profiles_has_the_same_people(taking: Taking, older_first: bool) -> None:
    files = [linkedin("Grace Sample", "", company="Works"), linkedin("Grace Sample", "grace", company="Works")]
    for record in files if older_first else reversed(files):
        taking.take(record)
    assert len(taking.contacts()) == 1
    assert counts(taking.take(*files))[:3] == (0, 0, 2)


def test_entries_without_address_are_known_again_by_name_and_number(taking: Taking) -> None:
    people = [google("Anna", phones=("+491701",)), google("Anna", phones=("+491702",)), google("NoMail Person")]
    assert taking.take(*people).added == 3
    assert counts(taking.take(*people)) == (0, 0, 3, 0, 0)
    assert counts(taking.take(google("Anna", "anna@example.com", phones=("+491701",)))) == (0, 1, 0, 0, 0)


def test_someone_by_whom_nothing_can_be_told_is_passed_over(taking: Taking) -> None:
    assert counts(taking.take(google(None, phones=("+491701",)))) == (0, 0, 0, 1, 0)
    assert taking.contacts() == []
