"""Links are opened in a real headless Chromium, on pages served on loopback.

What the browser marks is painted red by the page's style, and looked for in a screenshot: red must
fill the words that were meant, be nowhere else, and be in view although tall gaps part all blocks.
"""

import re
import shutil
import threading
from dataclasses import dataclass
from html import escape, unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from retrieval.citing import text_fragment_link
from retrieval.sentences import sentence_spans
from retrieval.types import Span

pytestmark = pytest.mark.browser

SEEDS = Path(__file__).parents[2] / "seeds"

STYLE = """
  body { font: 18px/1.6 sans-serif; color: black; background: white; margin: 20px; width: 700px }
  p, li, h1, td, div.nav { margin-bottom: 2500px } tr { height: 2500px }
  ::target-text { background: rgb(255, 0, 0); color: black }
"""

# The share of red among the pixels of the target's boxes, and the number of red ones elsewhere.
LOOK = """
const [shot, done] = arguments;
(async () => {
  const file = await fetch('data:image/png;base64,' + shot);
  const image = await createImageBitmap(await file.blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const pixels = pen.getImageData(0, 0, image.width, image.height).data;
  const boxes = [...document.querySelectorAll('.target')].flatMap(e => [...e.getClientRects()]);
  let inside = 0, red_inside = 0, red_outside = 0;
  for (let y = 0; y < image.height; y++) for (let x = 0; x < image.width; x++) {
    const at = 4 * (y * image.width + x);
    const red = pixels[at] > 200 && pixels[at + 1] < 60 && pixels[at + 2] < 60;
    const near = by => boxes.some(b =>
      x >= b.left - by && x < b.right + by && y >= b.top - by && y < b.bottom + by);
    if (near(-1)) { inside++; red_inside += red; } else if (red && !near(6)) red_outside++;
  }
  done([inside, red_inside, red_outside, window.scrollY]);
})();
"""


@dataclass(frozen=True)
class Site:
    browser: object
    pages: dict[str, str]
    base: str

    def open(self, body, *, tail="", around="{}"):
        """What is seen of the target of an article, marked `[[…]]`, when its link is opened.

        `around` is the rest of the page, which was not stored.
        """
        path = f"/{len(self.pages)}"
        marked = re.sub(r"\[\[(.*?)\]\]", r'<span class="target">\1</span>', body, flags=re.DOTALL)
        shown = around.format(marked)
        self.pages[path] = f"<!DOCTYPE html><meta charset=utf-8><style>{STYLE}</style>{shown}"
        link = text_fragment_link(f"{self.base}{path}{tail}", *stored(body))
        self.browser.get(link)
        seen = self.browser.execute_async_script(LOOK, self.browser.get_screenshot_as_base64())
        return Seen(link, *seen)


@dataclass(frozen=True)
class Seen:
    link: str
    inside: int
    red_inside: int
    red_outside: int
    scrolled: float

    def check(self):
        assert self.inside > 0, f"the browser did not scroll there: {self}"
        # The space at the end of a wrapped line is in its box, and letters are black.
        assert self.red_inside / self.inside > 0.55, f"not all was marked: {self}"
        assert self.red_outside == 0, f"other words were marked: {self}"


def stored(body):
    """The text that reading the page gives, and where the target stands in it."""
    text = re.sub(r"</(?:p|li|h1|div|tr)>", "\n\n", body)
    text = re.sub(r"</td>", " | ", re.sub(r"<br>", "\n", text))
    text = unescape(re.sub(r"<[^>]+>", "", text)).strip()
    opening, closing = text.index("[["), text.rindex("]]") - 2
    while "[[" in text[opening + 2 :]:  # one target may be marked in pieces
        piece = text.index("]]", opening)
        following = text.index("[[", piece)
        text = text[:piece] + text[piece + 2 : following] + text[following + 2 :]
        closing -= 4
    text = text.replace("[[", "").replace("]]", "")
    return text, Span(opening, closing)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no Chromium with its driver here: install chromium and chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "force-device-scale-factor=1",
        "window-size=900,1200",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{option}")
    pages = {}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            page = pages.get(self.path.partition("?")[0])
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = webdriver.Chrome(options, webdriver.ChromeService(executable_path=driver))
        try:
            browser.set_script_timeout(30)
            yield Site(browser, pages, f"http://127.0.0.1:{server.server_port}")
        finally:
            browser.quit()
            server.shutdown()


SAME = "It rained all day long in the valley."
LONG = " ".join(f"clause number {n} of what was said," for n in range(40))

PAGES = {
    "unique": (
        "<p>Nothing here.</p><p>First one. [[China deployed 150,000 troops.]] Last one.</p>"
        "<p>End.</p>"
    ),
    "second of two": f"<p>We sat. {SAME} So be it.</p><p>We stood. [[{SAME}]] And then.</p>",
    "first of two": f"<p>We sat. [[{SAME}]] So be it.</p><p>We stood. {SAME} And then.</p>",
    "second of two paragraphs": (
        f"<p>One.</p><p>{SAME}</p><p>Two.</p><p>[[{SAME}]]</p><p>Three.</p>"
    ),
    "middle of three alike": f"<p>{SAME}</p><p>[[{SAME}]]</p><p>{SAME}</p>",
    "case tells apart only for us": (
        "<p>IT RAINED ALL DAY.</p><p>And so: [[It rained all day.]]</p>"
    ),
    "signs": (
        "<p>Start.</p><p>So: [[A well-known firm, R&amp;D - 50% (or #1), said: yes/no?]] Fine.</p>"
    ),
    "curly quotes": (
        "<p>Start.</p><p>He wrote: [[“China’s leader tried – ‘really’ tried!”]] And on.</p>"
    ),
    "chinese": "<p>开始。</p><p>他说了话。[[中国向朝鲜边境派遣了十五万名士兵。]]然后他走了。</p>",
    "chinese twice": (
        "<p>开始。中国派遣了十五万名士兵。</p><p>他说了话。[[中国派遣了十五万名士兵。]]他走了。</p>"
    ),
    "long chinese": "<p>开始。</p><p>他说了话。[["
    + "中国向朝鲜边境派遣了十五万名士兵，" * 3
    + "还遣返了货船。]]他走了。</p>",
    "japanese": (
        "<p>はじめ。</p><p>そう言った。[[ウィキペディアへようこそ、百科事典です。]]終わり。</p>"
    ),
    "arabic": (
        "<p dir=rtl>بداية.</p>"
        "<p dir=rtl>قال ذلك. [[نشرت الصين مئة وخمسين ألف جندي على الحدود.]] ثم غادر.</p>"
    ),
    "german": (
        "<p>Anfang.</p><p>Gut. [[Größere Übungen hätten „große“ Straßen gesperrt.]] Ende.</p>"
    ),
    "thai": "<p>เริ่ม</p><p>ก่อน [[จีนส่งทหารหนึ่งแสนห้าหมื่นนายไปยังชายแดน]] หลัง</p>",
    "inline markup": (
        "<p>Start.</p>"
        "<p>So [[it <b>was</b> said by <a href='/x'>the <i>old</i> man</a>, twice.]] Fine.</p>"
    ),
    "markup inside a word": (
        "<p>Start.</p>"
        "<p>So [[the 1<sup>st</sup> and H<sub>2</sub>O were un<b>believ</b>able.]] Ok.</p>"
    ),
    "very long": f"<p>Start.</p><p>It said: [[{LONG} and no more.]] Fine.</p>",
    "very long, twice": (
        f"<p>It said: {LONG} and no more. Fine.</p><p>We heard: [[{LONG} and no more.]] Ok.</p>"
    ),
    "beginning of another": (
        "<p>It rained all day long.</p><p>Well. [[It rained all day]]</p><p>End</p>"
    ),
    "inside a longer word elsewhere": (
        "<p>The carpet was there.</p><p>I saw [[the car.]] Then I left.</p>"
    ),
    "start of the article": f"<p>[[{SAME}]] It did.</p><p>End.</p>",
    "end of the article": f"<p>Start.</p><p>It did. [[{SAME}]]</p>",
    "over a line break": (
        "<p>Start.</p><p>It said: [[roses are red,<br>violets are blue]] and so on.</p>"
    ),
    "over three lines": (
        "<p>a b c.</p><p>[[Roses are red,<br>violets are blue,<br>roses are red]]</p>"
    ),
    "over paragraphs": (
        "<p style='margin:0'>So [[they said this]]</p><p>[[and then said that.]] Fine.</p>"
    ),
    "no-break spaces": (
        "<p>Start.</p><p>Well, [[television&nbsp;warned&nbsp;this month of it.]] Fine.</p>"
    ),
    "many spaces": "<p>Start.</p><p>Well, [[it   was \n  so   then and there.]] Fine.</p>",
    "glued to the sentence before": (
        "<p>Start.</p><p>It is done.[[Another one is not.]]Third one.</p>"
    ),
    "list items": "<ul><li>- it is</li><li>[[one more thing]]</li></ul><p>x</p>",
    "table cells": (
        "<table><tr><td>One two</td><td>Three</td></tr>"
        "<tr><td>[[Four five six]]</td><td>[[Seven]]</td></tr></table>"
    ),
    "accents tell apart only for us": (
        "<p>The resume was long.</p><p>But [[the résumé was long.]] Yes.</p>"
    ),
    "soft hyphens": (
        "<p>Start.</p><p>Well, [[the extra&shy;ordinary ses&shy;sion was held.]] Fine.</p>"
    ),
    "very short": "<p>Why not? He left a note.</p><p>She sat down. [[He left.]] It was late.</p>",
    "decimal at the end": "<p>It rose by 3.55 points.</p><p>Then [[it rose by 3.5]]</p><p>End</p>",
    "emoji": "<p>Start.</p><p>Well 🎉 [[they said 👩‍🚀 flew!]] Fine.</p>",
}


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES.keys())
def test_the_link_opens_exactly_the_words_meant(site, body):
    site.open(body).check()


@pytest.mark.parametrize("tail", ["?a=b&c=d%20e", "#part", "?q=1#part", "#"])
def test_the_url_may_have_a_query_and_a_fragment(site, tail):
    seen = site.open(f"<p>Start.</p><p>So. [[{SAME}]] Fine.</p><p id=part>The part.</p>", tail=tail)
    seen.check()
    assert seen.scrolled > 1_000


def test_the_page_may_have_text_around_the_article_that_was_not_stored(site):
    around = "<div class=nav>Home News It rained</div>{}<div class=nav>Comments: it rained?</div>"
    site.open(f"<p>Start.</p><p>So. [[{SAME}]] Fine.</p>", around=around).check()


def test_every_sentence_of_the_seed_article_is_opened(site):
    text = next(SEEDS.glob("*.txt")).read_text(encoding="utf-8")
    for span in sentence_spans(text):
        marked = "".join((text[: span.start], "[[", text[slice(*span)], "]]", text[span.end :]))
        blocks = (escape(block, quote=False) for block in marked.strip().split("\n\n"))
        site.open("".join(f"<p>{block.strip()}</p>" for block in blocks)).check()
