"""Draws the snapshots on a page that looks like Discord, for a person to look at.

    python -m tests.bot.pictures FOLDER [NAME…]

writes a picture each into the folder. README shows two: `… tests/bot/pictures answer miss`. Needs
Chromium and its driver.
"""

from __future__ import annotations

import base64
import datetime as dt
import html
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from selenium import webdriver

from tests.bot.scenes import SNAPSHOTS

WIDTH = 400
"""Of the picture, about that of a phone."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
# Drawn, as a machine without a screen seldom has a font with them.
THUMB = (
    '<svg width="16" height="16" viewBox="0 0 24 24" fill="#ffcc4d" style="vertical-align:-2px{}">'
    '<path d="M2 10h4v11H2zM8 21V10l4-8c2 0 3 1 3 3l-1 4h6c1.5 0 2.4 1.3 2 2.8l-2 7c-.3 1.3-1.3 '
    '2.2-2.7 2.2z"/></svg>'
)
EMOJI = {"👍": THUMB.format(""), "👎": THUMB.format(";transform:rotate(180deg)")}
STYLE = """
 body { margin: 0; background: #313338; color: #dbdee1; font: 15px/1.35 "gg sans", "Noto Sans",
   "Helvetica Neue", Helvetica, Arial, sans-serif }
 .message { box-sizing: border-box; display: flex; gap: 12px; padding: 12px }
 .face { flex: none; width: 36px; height: 36px; border-radius: 50%; background: #5865f2;
   color: white; font-weight: 600; line-height: 36px; text-align: center }
 .name { color: #f2f3f5; font-weight: 600 } .app { background: #5865f2; color: white;
   font-size: 10px; border-radius: 3px; padding: 1px 4px; margin-left: 5px; vertical-align: 1px }
 .embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 8px 12px 12px;
   margin-top: 6px; white-space: pre-wrap; overflow-wrap: anywhere }
 .embed .author { font-size: 13px; font-weight: 600; color: #f2f3f5 }
 .embed .title { font-weight: 600; color: #f2f3f5; margin-top: 4px }
 .embed a { color: #00a8fc; text-decoration: none } .embed b { color: #f2f3f5 }
 .embed .text { font-size: 14px; margin-top: 6px } .small { font-size: 12px; color: #949ba4 }
 .fields { display: flex; gap: 8px 24px; margin-top: 8px; flex-wrap: wrap; font-size: 13px }
 .fields b { display: block } .footer { font-size: 12px; color: #949ba4; margin-top: 8px }
 .time { background: #3f4147; border-radius: 3px; padding: 0 2px }
 .row { display: flex; gap: 8px; margin-top: 8px; flex-wrap: wrap }
 .button { background: #4e5058; color: white; border-radius: 4px; padding: 6px 14px;
   font-size: 14px } .primary { background: #5865f2 } .danger { background: #da373c }
 .off { opacity: .5 } .select { background: #1e1f22; color: #949ba4; border-radius: 4px;
   padding: 8px 12px; flex: 1; font-size: 14px }
"""
BUTTONS = {1: "primary", 4: "danger"}
MARK = re.compile(
    r"\\(?P<plain>[^\sA-Za-z0-9])|\*\*(?P<bold>(?:\\.|[^\\])+?)\*\*|<t:(?P<time>-?\d+):[DR]>"
    r"|<(?P<mention>@&?|#)\d+>"
    r"|^-# (?P<small>.*)$",
    re.MULTILINE,
)


def page(message: dict[str, Any]) -> str:
    """A page with the message on it."""
    embeds = "".join(map(_embed, message["embeds"]))
    rows = "".join(map(_row, message["components"]))
    return (
        f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>'
        f'<div class="message" style="width:{WIDTH}px">'
        f'<div class="face">C</div><div style="flex:1;min-width:0"><span class="name">Clippings'
        f'</span><span class="app">APP</span>{embeds}{rows}</div></div>'
    )


def _embed(embed: dict[str, Any]) -> str:
    parts = []
    if "author" in embed:
        parts.append(f'<div class="author">{html.escape(embed["author"]["name"])}</div>')
    if "title" in embed:
        title = markdown(embed["title"])
        linked = f'<a href="#">{title}</a>' if "url" in embed else title
        parts.append(f'<div class="title">{linked}</div>')
    if "description" in embed:
        parts.append(f'<div class="text">{markdown(embed["description"])}</div>')
    if embed.get("fields"):
        fields = (f"<div><b>{f['name']}</b>{markdown(f['value'])}</div>" for f in embed["fields"])
        parts.append(f'<div class="fields">{"".join(fields)}</div>')
    if "footer" in embed:
        parts.append(f'<div class="footer">{html.escape(embed["footer"]["text"])}</div>')
    colour = f"#{embed.get('color', 0):06x}"
    return f'<div class="embed" style="border-color:{colour}">{"".join(parts)}</div>'


def _row(row: dict[str, Any]) -> str:
    return f'<div class="row">{"".join(map(_control, row["components"]))}</div>'


def _control(control: dict[str, Any]) -> str:
    if control["type"] != 2:
        chosen = [o["label"] for o in control.get("options", []) if o.get("default")]
        return f'<div class="select">{html.escape((chosen or [control["placeholder"]])[0])}</div>'
    emoji = EMOJI.get((control.get("emoji") or {}).get("name", ""), "")
    off = " off" if control.get("disabled") else ""
    label = html.escape(control.get("label") or "")
    return f'<div class="button {BUTTONS.get(control["style"], "")}{off}">{emoji}{label}</div>'


def markdown(text: str) -> str:
    """What Discord makes of the little markdown that the bot sends, as HTML."""
    made, end = [], 0
    for match in MARK.finditer(text):
        made += [html.escape(text[end : match.start()]), _marked(match)]
        end = match.end()
    return "".join([*made, html.escape(text[end:])])


def _marked(match: re.Match[str]) -> str:
    if match["bold"] is not None:
        return f"<b>{markdown(match['bold'])}</b>"
    if match["small"] is not None:
        return f'<span class="small">{markdown(match["small"])}</span>'
    if match["time"] is not None:
        day = dt.datetime.fromtimestamp(int(match["time"]), dt.UTC)
        return f'<span class="time">{day:%B} {day.day}, {day.year}</span>'
    if match["mention"] is not None:
        return f'<span class="time">{match["mention"][0]}name</span>'
    return html.escape(match["plain"])


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    program, driver = next(filter(None, map(which, BROWSERS)), None), which("chromedriver")
    if program is None or driver is None:
        raise SystemExit("There is no Chromium here: install chromium and chromium-driver.")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    with tempfile.TemporaryDirectory() as profile:
        for argument in (*QUIET, f"--window-size={WIDTH},900", f"--user-data-dir={profile}"):
            options.add_argument(argument)
        opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            yield opened
        finally:
            opened.quit()


def draw(opened: Any, message: dict[str, Any], picture: Path) -> None:
    """Draw it into a file, as high as it needs to be."""
    source = base64.b64encode(page(message).encode()).decode()
    opened.get(f"data:text/html;base64,{source}")
    # Larger than the window, which a headless browser is not quick to change.
    clip = {**opened.find_element("class name", "message").rect, "scale": 1}
    how = {"clip": clip, "captureBeyondViewport": True}
    taken = opened.execute_cdp_cmd("Page.captureScreenshot", how)
    picture.write_bytes(base64.b64decode(taken["data"]))


def _main(folder: Path, names: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    with browser() as opened:
        for name in names or sorted(path.stem for path in SNAPSHOTS.glob("*.json")):
            message = json.loads((SNAPSHOTS / f"{name}.json").read_text())
            draw(opened, message, folder / f"{name}.png")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
