"""A small folder of training rows, in the form of the real one."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

PLACES = ("Lindau", "Rehme", "Aller", "Harlow", "Monteverde", "Cerro Blanco")


def write_rows(folder: Path, *, name: str = "squad_dev_half") -> Path:
    """Two questions about each of six towns, the second of which nothing answers."""
    lines = []
    for number, place in enumerate(PLACES):
        filler = f"The town of {place} lies on a quiet river. Its market is held on Fridays. " * 8
        context = f"{filler}The bridge of {place} was built in {1800 + number} by local masons."
        year = str(1800 + number)
        answers = [{"text": year, "start": context.index(year)}] * 2
        base = {"dataset": name, "title": place, "context": context}
        question = f"When was the bridge of {place} built?"
        lines.append(base | {"question": question, "answers": answers})
        lines.append(base | {"question": f"Who is the mayor of {place}?", "answers": []})
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return folder
