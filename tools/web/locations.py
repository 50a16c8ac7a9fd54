"""A URL, parsed once, so that the address checked is the address fetched."""

import re
from typing import NamedTuple, Self
from urllib.parse import quote, urljoin, urlsplit

from onelane.tools.registry.errors import BadRequest

PORTS = {"http": 80, "https": 443}

_LONGEST_URL = 4096
_UNSEEN = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))+")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_IPV4 = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}")
_IPV6 = re.compile(r"\[([0-9a-f:.]+)\](:[0-9]*)?")
_INSIDE = frozenset(
    {"localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa", "onion"}
)
_KEPT_IN_PATH = "/%:@!$&'()*+,;=~-._"
_KEPT_IN_QUERY = _KEPT_IN_PATH + "?[]|"


class BadUrl(BadRequest):
    """That is no address of a public web page. Give one like https://example.com/page."""


class Location(NamedTuple):
    """Where a page is.

    Args:
        scheme: `http` or `https`
        host: a name in ASCII, or an IP address without brackets, in lower case
        port: 80 or 443
        target: path and query, percent-encoded
    """

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str) -> Self:
        """Take a URL apart, strictly: what two readers could read differently is refused.

        Raises:
            BadUrl: it is no http or https URL of a public host's usual port; it says why
        """
        text = url.strip()
        if len(text) > _LONGEST_URL:
            raise BadUrl(f"That URL is longer than {_LONGEST_URL} characters. Give a shorter one.")
        if _UNSEEN.search(text) is not None:
            raise BadUrl(
                "That URL holds spaces or invisible characters. Write them percent-encoded, or leave them out."
            )
        scheme, host, port, path, query = _split(text)
        target = quote(path or "/", safe=_KEPT_IN_PATH) + ("?" + quote(query, safe=_KEPT_IN_QUERY) if query else "")
        return cls(scheme, host, port, target)

    @property
    def url(self) -> str:
        """The URL, in the one spelling that we use."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_numeric(self) -> bool:
        """Whether the host is an IP address, so that there is no name to look up."""
        return ":" in self.host or _IPV4.fullmatch(self.host) is not None

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a robots.txt speaks for."""
        return f"{self.scheme}://{self.host}:{self.port}"

    def leading_to(self, reference: str) -> Self:
        """Where a link or a redirect on this page leads.

        Raises:
            BadUrl: to no public web page
        """
        # Browsers mend these in what servers send; in what a person gives they are refused.
        target = "".join(reference.split()) if "\n" in reference or "\t" in reference else reference.strip()
        try:
            return type(self).of(urljoin(self.url, target.replace(" ", "%20")))
        except ValueError as error:
            raise BadUrl from error


def _split(text: str) -> tuple[str, str, int, str, str]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        # Not with the parser's own words: they repeat what a site may have written into a redirect.
        raise BadUrl from error
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise BadUrl("Only http and https addresses are fetched. Give one like https://example.com/page.")
    if "@" in parts.netloc:
        raise BadUrl("A URL with a user name in front of its host is not fetched. Leave out everything up to the @.")
    if port is not None and port not in PORTS.values():
        raise BadUrl(f"Only the usual ports 80 and 443 are asked, not {port}. Leave out the port.")
    return scheme, _host(parts.netloc.lower()), port or PORTS[scheme], parts.path, parts.query


def _host(netloc: str) -> str:
    match = _IPV6.fullmatch(netloc)
    if match is not None:
        return match[1]
    host = _in_ascii(netloc.partition(":")[0])
    if _IPV4.fullmatch(host) is not None:
        return host
    if _NAME.fullmatch(host) is None or len(host) > 253:
        raise BadUrl("The host of that URL is no full name of the public web. Give one like https://example.com/page.")
    top_domain = host.rpartition(".")[2]
    # Systems read 127.1, 0x7f.0.0.1 and 017700000001 as addresses, each in its own way.
    if _NUMBER.fullmatch(top_domain) is not None:
        raise BadUrl("That spelling of an IP address is not read. Give the site's name.")
    if top_domain in _INSIDE:
        raise BadUrl(
            f"Names that end in .{top_domain} are of private networks, which are not asked. Give a public page."
        )
    return host


def _in_ascii(host: str) -> str:
    if host.isascii():
        return host
    import idna  # its tables are large, and names of other scripts are rare

    try:
        return idna.encode(host, uts46=True).decode().lower()
    except idna.IDNAError as error:
        raise BadUrl("The host of that URL is no name that can exist. Check its spelling.") from error
