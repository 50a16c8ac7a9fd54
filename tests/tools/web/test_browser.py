"""Pages in a real browser: their scripts run, and nothing that they try gets anywhere but to the public web."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest

from onelane.storage.database.engine import Database
from onelane.tools.registry.errors import Forbidden, ToolError
from onelane.tools.web.browser.browser import BrowserFailed, Chromium
from onelane.tools.web.browser.places import NoBrowser, browser_environment, find_browser, usual_places
from onelane.tools.web.browser.rendering import MOST_REQUESTS
from onelane.tools.web.refusals import DisallowedByRobots, NotPublic, NotScraped
from tests.databases import Clock, database_at
from tests.proof import FULL
from tests.websites import PublicNetwork, Visit, Website, fetcher, page, public_network, redirect, website

pytestmark = pytest.mark.xdist_group("pages in a browser")

URL = "http://ada.example.com/"


@dataclass
class Web:
    """A site, the network on which it looks public, and a browser on that network.

    Args:
        site: what every name leads to
        network: which names lead elsewhere
        browser: shows pages of it
    """

    site: Website
    network: PublicNetwork
    browser: Chromium

    def shows(self, html: str, url: str = URL) -> str:
        """What is in the document of a page after its scripts ran."""
        self.site.pages["/"] = html
        return self.browser.render(url).body


@dataclass
class House:
    """A machine of somebody's own that no page may reach; it notes whoever knocks.

    Args:
        port: where it listens on loopback, for TCP and for UDP
        knocks: connections and packets
    """

    port: int
    knocks: list[str] = field(default_factory=list[str])


@pytest.fixture
def house() -> Generator[House]:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        found = House(tcp.getsockname()[1])
        udp.bind(("127.0.0.1", found.port))
        threads = [threading.Thread(target=listen, args=(found, one)) for one in (tcp, udp)]
        for thread in threads:
            thread.start()
        yield found
        for one in (tcp, udp):
            one.shutdown(socket.SHUT_RDWR) if one is tcp else one.sendto(b"", ("127.0.0.1", found.port))
        for thread in threads:
            thread.join(5)


def listen(house: House, place: socket.socket) -> None:
    while True:
        try:
            if place.type == socket.SOCK_DGRAM:
                packet, sender = place.recvfrom(2048)
                if not packet:
                    return
                house.knocks.append(f"{len(packet)} bytes from {sender}")
            else:
                connection, sender = place.accept()
                connection.close()
                house.knocks.append(f"connection from {sender}")
        except OSError:
            return


@pytest.fixture(scope="module")
def everything(
    chromium: Path, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Callable[..., Web]]:
    """Makes webs with browsers that have these limits; starting a browser takes a second, so that tests share them."""
    clock = Clock()
    file = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("browser") / "onelane.db")
    database = database_at(f"sqlite:///{file}", clock)
    with website({}) as site:
        made: dict[tuple[tuple[str, float], ...], Web] = {}

        def web_of(**limits: float) -> Web:
            network = public_network(site)
            browser = Chromium(fetcher(network, database, clock), executable=chromium, **limits)
            return Web(site, network, browser)

        def shared(**limits: float) -> Web:
            key = tuple(limits.items())
            made[key] = made.get(key) or web_of(**limits)
            return made[key]

        yield shared
        for web in made.values():
            web.browser.close()
    database.close()


@pytest.fixture
def open_web(everything: Callable[..., Web]) -> Callable[..., Web]:
    """Gives a web with a browser that has these limits, and of which nothing is known yet."""

    def open_limited(**limits: float) -> Web:
        web = everything(**limits)
        for kept in (web.site.pages, web.site.visits, web.network.names, web.network.resolved, web.network.connected):
            kept.clear()
        return web

    return open_limited


@pytest.fixture
def web(open_web: Callable[..., Web]) -> Web:
    return open_web()


def test_a_page_that_its_scripts_write_can_be_read(web: Web) -> None:
    web.site.pages |= {
        "/app.js": page(
            "fetch('/people.json').then(answer => answer.json()).then(found => "
            "{ document.body.innerHTML = `<h1>${found.name}</h1>`; document.title = 'Team'; })",
            content_type="text/javascript",
        ),
        "/people.json": page(json.dumps({"name": "Ada Example"}), content_type="application/json"),
    }
    web.site.pages["/"] = "<title>Loading</title><div id=app></div><script type=module src=/app.js></script>"

    shown = web.browser.render(URL)

    assert "<h1>Ada Example</h1>" in shown.body
    assert "<title>Team</title>" in shown.body
    assert (shown.requested_url, shown.url, shown.status, shown.content_type) == (URL, URL, 200, "text/html")


def test_the_address_after_redirects_is_the_pages_own(web: Web) -> None:
    web.site.pages |= {
        "/": redirect("http://www.ada.example.com/team/"),
        "/team/": "<p id=where></p><script src=where.js></script>",
        "/team/where.js": page(
            "document.querySelector('p').textContent = location.href", content_type="text/javascript"
        ),
    }

    shown = web.browser.render(URL)

    assert "http://www.ada.example.com/team/</p>" in shown.body
    assert (shown.url, list(shown.redirects)) == ("http://www.ada.example.com/team/", [URL])


def test_a_page_that_sends_its_reader_on_by_script_is_followed(web: Web) -> None:
    web.site.pages |= {
        "/old": redirect("/new"),
        "/new": "<h1>New here</h1><script>document.body.append(location.pathname)</script>",
    }

    shown = web.shows("<script>location = '/old'</script>")
    assert "New here" in shown
    assert "/new</body>" in shown


def test_the_fragment_by_which_a_page_chooses_what_it_shows_is_kept(web: Web) -> None:
    shown = web.shows("<p></p><script>document.querySelector('p').textContent = location.hash</script>", f"{URL}#ada")
    assert "<p>#ada</p>" in shown


def test_a_document_that_is_no_html_is_returned_as_it_came(web: Web) -> None:
    web.site.pages["/"] = page("BEGIN:VCARD", content_type="text/vcard")
    assert web.browser.render(URL).body == "BEGIN:VCARD"


def test_a_page_that_never_stops_asking_is_read_all_the_same(web: Web) -> None:
    web.site.pages["/beat"] = page("1", content_type="text/plain")
    assert "<p>Here" in web.shows("<p>Here<script>setInterval(() => fetch('/beat'), 100)</script>")


def test_pictures_films_and_fonts_are_not_loaded(web: Web) -> None:
    web.shows(
        "<img src=/a.png><video src=/b.mp4></video><link rel=icon href=/c.ico>"
        "<style>@font-face { font-family: F; src: url(/d.woff2) } body { font-family: F }</style><p>text"
    )
    assert web.site.asked == ["ada.example.com/"]


ATTACKS = {
    "fetch": "fetch('{url}').catch(() => 0)",
    "fetch that sends": "fetch('{url}', {{ method: 'POST', mode: 'no-cors', body: 'x' }}).catch(() => 0)",
    "a beacon": "navigator.sendBeacon('{url}', 'x')",
    "an image": "new Image().src = '{url}'",
    "a script": "document.head.append(Object.assign(document.createElement('script'), {{ src: '{url}' }}))",
    "a stylesheet": "document.head.append(Object.assign(document.createElement('link'), "
    "{{ rel: 'stylesheet', href: '{url}' }}))",
    "a frame": "document.body.append(Object.assign(document.createElement('iframe'), {{ src: '{url}' }}))",
    "a preconnection": "for (const rel of ['preconnect', 'dns-prefetch', 'prefetch', 'prerender', 'modulepreload']) "
    "document.head.append(Object.assign(document.createElement('link'), {{ rel, href: '{url}' }}))",
    "speculation rules": "document.head.append(Object.assign(document.createElement('script'), {{ type: "
    "'speculationrules', text: JSON.stringify({{ prerender: [{{ source: 'list', urls: ['{url}'] }}] }}) }}))",
    "a form": "document.body.innerHTML = `<iframe name=f></iframe><form method=post action='{url}' target=f>"
    "<input name=a></form>`; document.forms[0].submit()",
    "a window": "window.open('{url}')",
    "a window of its own that asks": "const w = window.open('about:blank'); w && w.fetch('{url}').catch(() => 0)",
    "an event stream": "new EventSource('{url}')",
    "a web socket": "new WebSocket('ws://{host}/')",
    "a web socket in a frame": "const f = document.createElement('iframe'); document.body.append(f); "
    "new f.contentWindow.WebSocket('ws://{host}/')",
    "a worker": "new Worker(URL.createObjectURL(new Blob([`fetch('{url}').catch(() => 0); "
    "try {{ new WebSocket('ws://{host}/') }} catch {{}}`])))",
    "a shared worker": "new SharedWorker(URL.createObjectURL(new Blob([`fetch('{url}').catch(() => 0); "
    "new WebSocket('ws://{host}/')`])))",
    "a peer connection": "const p = new RTCPeerConnection({{ iceServers: [{{ urls: ['stun:{host}', "
    "'turn:{host}?transport=tcp'], username: 'a', credential: 'b' }}] }}); p.createDataChannel('d'); "
    "p.createOffer().then(offer => p.setLocalDescription(offer))",
    "a peer connection of a frame": "const f = document.createElement('iframe'); document.body.append(f); "
    "const p = new f.contentWindow.RTCPeerConnection({{ iceServers: [{{ urls: 'stun:{host}' }}] }}); "
    "p.createDataChannel('d'); p.createOffer().then(offer => p.setLocalDescription(offer))",
    "web transport": "new WebTransport('https://{host}/').ready.catch(() => 0)",
    "a ping": "document.body.append(Object.assign(document.createElement('a'), "
    "{{ href: '#', ping: '{url}', id: 'd' }})); document.getElementById('d').click()",
}


# One page that tries everything; with the full proof a page for each as well.
TOGETHER = [("all at once", list(ATTACKS.values()))]
EACH = [(name, [attack]) for name, attack in ATTACKS.items()] if FULL else []


@pytest.mark.parametrize("attacks", [attacks for _, attacks in TOGETHER + EACH], ids=[n for n, _ in TOGETHER + EACH])
def test_a_page_gets_nothing_from_this_machine(web: Web, house: House, attacks: list[str]) -> None:
    host = f"127.0.0.1:{house.port}"
    tried = [f"try {{ {attack.format(url=f'http://{host}/', host=host)} }} catch (e) {{ }}" for attack in attacks]
    # What replaces the document or follows a link comes last.
    scripts = "".join(f"<script>{script}</script>" for script in sorted(tried, key=lambda text: "innerHTML" in text))
    shown = web.shows(f"<p>before</p>{scripts}<p>behind</p>")

    assert house.knocks == []
    assert all(ip == "93.184.215.14" for ip, _ in web.network.connected)
    assert "behind" in shown or "iframe" in shown


FORBIDDEN = (
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::1]/",
    "http://localhost/",
    "http://2130706433/",
    "http://ada.example.com:8080/",
    "http://inside.example.com/",
    "ftp://ada.example.com/",
    "file:///etc/passwd",
)


def test_a_page_gets_nothing_from_addresses_that_are_not_public(web: Web) -> None:
    web.network.names["inside.example.com"] = [["10.0.0.7"]]
    shown = web.shows(
        "".join(
            f"<script>fetch('{url}').then(r => r.text()).then(t => document.body.append('got {at} ' + t))"
            f".catch(() => document.body.append('refused {at};'))</script><iframe src='{url}'></iframe>"
            for at, url in enumerate(FORBIDDEN)
        )
    )
    assert all(f"refused {at};" in shown for at in range(len(FORBIDDEN)))
    assert web.site.asked == ["ada.example.com/"]
    assert {ip for ip, _ in web.network.connected} == {"93.184.215.14"}


def test_a_name_that_leads_elsewhere_the_second_time_is_refused_the_second_time(web: Web) -> None:
    web.network.names["ada.example.com"] = [["93.184.215.14"], ["127.0.0.1"]]
    shown = web.shows(
        "<script>fetch('/secret').catch(() => 0)"
        ".then(answer => document.body.append(answer ? 'got' : 'refused'))</script>"
    )
    assert "refused</body>" in shown
    assert web.site.asked == ["ada.example.com/"]


def test_a_resource_of_a_page_may_not_be_redirected_to_this_machine(web: Web, house: House) -> None:
    web.site.pages["/data"] = redirect(f"http://127.0.0.1:{house.port}/")
    shown = web.shows("<script>fetch('/data').catch(() => document.body.append('refused'))</script>")
    assert "refused</body>" in shown
    assert house.knocks == []


@pytest.mark.parametrize(
    "sending",
    [
        "<meta http-equiv=refresh content='0;url={url}'>",
        "<script>location = '{url}'</script>",
        "<script>setTimeout(() => location.replace('{url}'), 50)</script>",
        "<form action='{url}'></form><script>document.forms[0].submit()</script>",
        "<a href='{url}' download=x></a><script>document.querySelector('a').click()</script>",
    ],
)
def test_a_page_that_sends_its_reader_to_this_machine_gets_nothing_there(web: Web, house: House, sending: str) -> None:
    # A page that is read before it sends its reader on shows what is its own.
    with suppress(ToolError):
        assert "House" not in web.shows(sending.format(url=f"http://127.0.0.1:{house.port}/"))
    with suppress(NotPublic):
        assert "House" not in web.shows(sending.format(url="http://127.0.0.1/"))
    assert house.knocks == []
    assert {ip for ip, _ in web.network.connected} == {"93.184.215.14"}


def test_a_page_that_sends_its_reader_to_this_machine_at_once_is_not_shown(web: Web) -> None:
    with pytest.raises(NotPublic):
        web.shows("<script>location = 'http://127.0.0.1/'</script>")


def test_a_page_that_sends_its_reader_to_x_is_not_shown_and_says_why(web: Web) -> None:
    with pytest.raises(NotScraped, match="X forbids"):
        web.shows("<script>location = 'https://x.com/ada'</script>")
    assert web.site.asked == ["ada.example.com/"]


def test_robots_txt_holds_for_where_scripts_lead_too(web: Web) -> None:
    web.site.pages["/robots.txt"] = page("User-agent: *\nDisallow: /inner", content_type="text/plain")
    # What robots.txt said is remembered, so that this host is of this test only.
    with pytest.raises(DisallowedByRobots):
        web.shows("<script>location = '/inner'</script>", "http://strict.example.com/")
    assert web.site.asked == ["strict.example.com/"]


def test_a_form_that_sends_is_not_sent(web: Web) -> None:
    web.site.pages["/subscribe"] = "<p>subscribed"
    shown = web.shows(
        "<form method=post action=/subscribe></form><p>still here<script>document.forms[0].submit()</script>"
    )
    assert web.site.asked == ["ada.example.com/"]
    assert "still here" in shown


def test_dialogs_windows_and_downloads_hold_nothing_up(web: Web) -> None:
    web.site.pages["/file"] = page("x", content_type="application/zip", Content_Disposition="attachment")
    shown = web.shows(
        "<script>alert('a'); confirm('b'); prompt('c'); window.open('/other'); onbeforeunload = () => 'no'; "
        "document.write('<p>after')</script>"
    )
    assert "<p>after</p>" in shown


def test_a_page_may_not_ask_for_ever_more(web: Web) -> None:
    web.site.pages["/part"] = page("1", content_type="text/plain")
    web.shows("<script>for (let i = 0; i < 500; i++) fetch('/part?' + i).catch(() => 0)</script>")
    assert len(web.site.asked) <= MOST_REQUESTS


def test_pages_know_nothing_of_each_other(web: Web) -> None:
    web.shows("<script>localStorage.a = 1; document.cookie = 'a=1; max-age=1000'</script>")
    shown = web.shows("<script>document.write('<p>' + (localStorage.a || 'none') + document.cookie)</script>")
    assert "<p>none</p>" in shown


def test_a_page_that_hangs_is_given_up_and_the_next_one_is_shown(open_web: Callable[..., Web]) -> None:
    web = open_web(limit_s=8)
    shown_at_last(web, "<p>warm")
    began = monotonic()
    with pytest.raises(BrowserFailed, match="not ready after 8 seconds"):
        web.shows("<script>setTimeout(() => { while (true) {} }, 100)</script>")
    assert monotonic() - began < 60
    assert "<p>fine" in shown_at_last(web, "<p>fine")


def shown_at_last(web: Web, html: str) -> str:
    """What is in the document; where a machine is so busy that a browser takes longer to start, it is asked again."""
    for _ in range(20):
        with suppress(BrowserFailed):
            return web.shows(html)
    raise AssertionError("no page is shown any more")


def test_pages_are_shown_one_after_the_other_whoever_asks(web: Web) -> None:
    web.site.pages |= {f"/{name}": f"<p>{name}" for name in "abcd"}
    with ThreadPoolExecutor(4) as threads:
        shown = list(threads.map(web.browser.render, [f"http://{name}.example.com/{name}" for name in "abcd"]))
    assert all(f"<p>{name}" in page.body for name, page in zip("abcd", shown, strict=True))


def test_an_idle_browser_is_closed_and_opened_again_when_it_is_needed(open_web: Callable[..., Web]) -> None:
    web = open_web(idle_s=0.01)
    assert "<p>one" in web.shows("<p>one")
    assert "<p>two" in web.shows("<p>two")


def test_a_browser_that_was_closed_stays_so(open_web: Callable[..., Web]) -> None:
    web = open_web(limit_s=19)
    web.browser.close()
    web.browser.close()
    with pytest.raises(BrowserFailed, match="being stopped"):
        web.shows("<p>no")


def test_a_browser_that_died_is_replaced(web: Web) -> None:
    assert "<p>one" in web.shows("<p>one")
    browsers = [pid for pid in descendants(os.getpid()) if "chrom" in content(Path(f"/proc/{pid}/comm"))]
    assert browsers
    for pid in browsers:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with suppress(BrowserFailed):
        web.shows("<p>two")
    assert "<p>three" in web.shows("<p>three")


def test_closing_does_not_wait_for_the_page_that_is_being_shown(open_web: Callable[..., Web]) -> None:
    web = open_web(limit_s=40)
    started = threading.Event()

    def note_start(_visit: Visit) -> list[bytes]:
        started.set()
        return [b"for (;;) {}"]

    web.site.pages |= {"/": "<script src=/on.js></script>", "/on.js": page(note_start, content_type="text/javascript")}
    with ThreadPoolExecutor(1) as threads:
        showing = threads.submit(web.browser.render, URL)
        assert started.wait(20)
        began = monotonic()
        web.browser.close()
        assert monotonic() - began < 30
        with pytest.raises(BrowserFailed, match="being stopped"):
            showing.result()


def descendants(pid: int) -> list[int]:
    """The processes that this one has started, and those that they have; one that has ended has none."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in content(thread / "children").split()]
    return [*found, *(inner for child in found for inner in descendants(child))]


def content(place: Path) -> str:
    """What a file of a process says; nothing when the process has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return place.read_text()
    return ""


def test_a_page_that_must_not_be_fetched_opens_no_browser(web: Web) -> None:
    with pytest.raises(Forbidden):
        web.browser.render("http://127.0.0.1/")


def test_a_path_to_no_browser_is_named(sqlite_database: Database, clock: Clock) -> None:
    with website({"/": "<p>x"}) as site:
        browser = Chromium(fetcher(public_network(site), sqlite_database, clock), executable=Path("/nowhere/chromium"))
        with pytest.raises(NoBrowser, match="ONELANE_CHROMIUM says /nowhere/chromium"):
            browser.render(URL)
        assert site.visits == []


def test_browsers_are_found_on_the_path_and_then_where_they_usually_are(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    assert find_browser(None, search_path=str(tmp_path), usual=[tmp_path / "missing", usual]) == usual
    on_path = tmp_path / "google-chrome"
    on_path.touch(mode=0o755)
    assert find_browser(None, search_path=str(tmp_path), usual=[usual]) == on_path
    assert find_browser(None, search_path=str(tmp_path / "none"), usual=[]) is None


@pytest.mark.parametrize(
    ("platform", "expected"), [("darwin", "Google Chrome"), ("win32", "msedge.exe"), ("linux", "")]
)
def test_every_system_has_its_usual_places(platform: str, expected: str) -> None:
    places = usual_places(platform, {"PROGRAMFILES": "C:/Program Files"})
    assert any(expected in str(place) for place in places)


def test_the_browser_is_given_no_keys() -> None:
    assert browser_environment({"PATH": "/bin", "ANTHROPIC_API_KEY": "k", "HTTPS_PROXY": "p"}) == {"PATH": "/bin"}


def test_without_playwright_it_says_how_to_install_it() -> None:
    script = (
        "import sys; sys.modules['playwright'] = None\n"
        "from onelane.tools.registry.errors import ToolError\n"
        "from onelane.tools.web.browser.browser import Chromium\n"
        "try: Chromium(None).render('https://example.com/')\n"
        "except ToolError as error: print(error.message)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert "pip install onelane[browser]" in said.stdout
