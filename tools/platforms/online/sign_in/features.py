"""What an account may be connected for, and the scopes that each platform wants for it (docs/platforms.md, "Features").

Sources: the vendors' pages on scopes, as of November 2026.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from onelane.storage.platforms.accounts import Platform
from onelane.tools.platforms.online.failures import PersonMustAct
from onelane.tools.registry.errors import BadRequest

_GOOGLE = "https://www.googleapis.com/auth/"
_PLAIN = {f"{_GOOGLE}userinfo.email": "email", f"{_GOOGLE}userinfo.profile": "profile"}


class Feature(StrEnum):
    """What an account is connected for."""

    CONTACTS = "contacts"
    OTHERS = "others"
    MAIL = "mail"
    SEARCH = "search"
    SEND = "send"
    PROFILE = "profile"
    POST = "post"
    DM = "dm"


@dataclass(frozen=True, slots=True)
class FeatureScopes:
    """What a feature takes.

    Args:
        asks: the scopes that are asked for
        needs: those without which it does not work; of scopes in one entry, with | between, one is enough
        includes: features that come with it, so that their own scopes are not asked for
    """

    asks: Sequence[str]
    needs: Sequence[str]
    includes: frozenset[Feature] = frozenset()


_X_BASIC = ("tweet.read", "users.read")
SCOPES: Mapping[Platform, Mapping[Feature, FeatureScopes]] = {
    Platform.X: {
        Feature.CONTACTS: FeatureScopes((*_X_BASIC, "follows.read", "offline.access"), (*_X_BASIC, "follows.read")),
        Feature.POST: FeatureScopes((*_X_BASIC, "tweet.write", "offline.access"), (*_X_BASIC, "tweet.write")),
        Feature.DM: FeatureScopes((*_X_BASIC, "dm.read", "dm.write", "offline.access"), ("dm.read", "dm.write")),
    },
    Platform.GMAIL: {
        Feature.CONTACTS: FeatureScopes(("openid", "email", f"{_GOOGLE}contacts.readonly"), ("contacts.readonly",)),
        Feature.OTHERS: FeatureScopes(
            ("openid", "email", f"{_GOOGLE}contacts.other.readonly"), ("contacts.other.readonly",)
        ),
        Feature.MAIL: FeatureScopes(
            ("openid", "email", f"{_GOOGLE}gmail.metadata"), ("gmail.metadata|gmail.readonly",)
        ),
        # With gmail.metadata beside it Gmail refuses to search.
        Feature.SEARCH: FeatureScopes(
            ("openid", "email", f"{_GOOGLE}gmail.readonly"), ("gmail.readonly",), frozenset({Feature.MAIL})
        ),
        Feature.SEND: FeatureScopes(
            ("openid", "email", f"{_GOOGLE}gmail.send", f"{_GOOGLE}gmail.compose"), ("gmail.send|gmail.compose",)
        ),
    },
    Platform.LINKEDIN: {
        Feature.CONTACTS: FeatureScopes(
            ("r_dma_portability_self_serve",), ("r_dma_portability_self_serve|r_dma_portability_member",)
        ),
        Feature.PROFILE: FeatureScopes(("openid", "profile", "email"), ("openid", "profile")),
        Feature.POST: FeatureScopes(("openid", "profile", "w_member_social"), ("w_member_social",)),
    },
}


MAILBOX_FEATURES = (Feature.MAIL, Feature.SEND)
"""What a mailbox is good for whose servers let it in: it has no others, and always both."""


def chosen_features(platform: Platform, choices: Iterable[str]) -> frozenset[Feature]:
    """The features that were named; contacts where none was.

    Raises:
        BadRequest: the platform has none of that name, or nobody signs in to it
    """
    features = SCOPES.get(platform)
    if features is None:
        words = ", ".join(each.value for each in SCOPES)
        raise BadRequest(f"Accounts of {platform.label} do not sign in; these do: {words}.")
    names = list(choices)
    unknown_names = [name for name in names if name not in features]
    if unknown_names:
        raise BadRequest(f"{platform.company} has no feature {unknown_names[0][:50]!r}. It has {', '.join(features)}.")
    return frozenset(map(Feature, names)) or frozenset({Feature.CONTACTS})


def scopes_of(platform: Platform, features: Collection[Feature]) -> tuple[str, ...]:
    """The scopes that are asked for, each once."""
    features_by_name = SCOPES[platform]
    included_names = {each for feature in features for each in features_by_name[feature].includes}
    scopes = [
        scope
        for name in features_by_name
        if name in features and name not in included_names
        for scope in features_by_name[name].asks
    ]
    return tuple(dict.fromkeys(scopes))


def granted_features(platform: Platform, scopes: Iterable[str]) -> tuple[Feature, ...]:
    """What an account with these scopes may be used for."""
    plain_scopes = {_PLAIN.get(scope, scope.removeprefix(_GOOGLE)) for scope in scopes}
    return tuple(
        name
        for name, feature in SCOPES.get(platform, {}).items()
        if all(not plain_scopes.isdisjoint(need.split("|")) for need in feature.needs)
    )


def require_feature(platform: Platform, scopes: Iterable[str], feature: Feature) -> None:
    """See that an account may be used for something.

    Args:
        platform: the account's
        scopes: what its sign-in was granted
        feature: what it is to be used for

    Raises:
        PersonMustAct: it may not; the message says what the person types
    """
    if feature not in granted_features(platform, scopes):
        raise PersonMustAct(
            f"This account's sign-in at {platform.company} does not include {feature}. The person adds it: "
            f"onelane accounts connect {platform} --feature {feature}"
        )
