# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A class diagram as SVG, drawn here, so that a page needs no script.

Entities stand in columns: what others hold or refer to stands to their right. Colours are
those of the text around it (`currentColor`), so it fits light and dark pages. The picture
has a title and says its content in words for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from msgspec import Struct

from allmende.model.document import Entity, Model
from allmende.model.emit.links import Link, links
from allmende.model.emit.place import Place, line, title, words
from allmende.model.emit.wording import say, type_words

CHAR, LINE, PAD = 7.2, 20, 12  # of a monospaced font of 12 px
GAP_X, GAP_Y, LONGEST, MOST_FIELDS = 90, 28, 40, 60


class Box(Struct):
    """An entity in the picture: where it stands and what is written in it."""

    name: str
    head: str
    rows: list[str]
    width: float
    height: float
    x: float = 0
    y: float = 0

    def row_y(self, number: int) -> float:
        """The middle of a row; beyond the last one, of the last."""
        return (
            self.y + LINE * (min(number, len(self.rows) - 1) + 2.05) if self.rows else self.y + 15
        )


def emit(model: Model, place: Place) -> str:
    """The picture as a document of its own, which can also stand inside HTML."""
    boxes = {each.name: _box(each, place.language) for each in model.entities}
    found = [each for each in links(model) if each.source in boxes]
    width, height = _arrange(boxes, found)
    heading = f"{say('diagram', place.language)}: {words(model.title, place.language, model.id)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" '
        'aria-labelledby="model-diagram-title model-diagram-text" '
        'font-family="ui-monospace, monospace" font-size="12">',
        f'<title id="model-diagram-title">{_text(heading)}</title>',
        f'<desc id="model-diagram-text">{_text(_in_words(model, found, place.language))}</desc>',
        *(_arrow(each, boxes, model) for each in found),
        *(part for each in boxes.values() for part in _drawn(each)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(text: str) -> str:
    return escape(line(text))


def _short(text: str) -> str:
    text = line(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _box(entity: Entity, language: str) -> Box:
    rows = [
        _short(f"{each.name}{'*' if each.required else ''}: {type_words(each, language)}")
        + (f" [{line(each.unit)}]" if each.unit else "")
        for each in entity.fields[:MOST_FIELDS]
    ]
    if len(entity.fields) > MOST_FIELDS:
        rows.append(f"… + {len(entity.fields) - MOST_FIELDS}")
    head = _short(title(entity, language))
    longest = max([len(head) + 2, *map(len, rows)])
    return Box(entity.name, head, rows, longest * CHAR + 2 * PAD, LINE * (len(rows) + 1.8))


def _arrange(boxes: dict[str, Box], found: list[Link]) -> tuple[float, float]:
    """Gives every box its place, column by column; the size of the picture."""
    x, height = 10.0, 20.0
    for column in _columns(list(boxes), found):
        y = 10.0
        for name in column:
            boxes[name].x, boxes[name].y = x, y
            y += boxes[name].height + GAP_Y
        x += max(boxes[name].width for name in column) + GAP_X
        height = max(height, y - GAP_Y + 10)
    return max(x - GAP_X + 40, 20.0), height


def _columns(names: list[str], found: list[Link]) -> list[list[str]]:
    """Names by how many links lead to them at most; what goes round counts once."""
    depth = dict.fromkeys(names, 0)
    for _ in names:
        for each in found:
            if each.source != each.target:
                deeper = min(depth[each.source] + 1, len(names) - 1)
                depth[each.target] = max(depth[each.target], deeper)
    levels = sorted(set(depth.values()))
    return [[name for name in names if depth[name] == level] for level in levels]


def _arrow(each: Link, boxes: dict[str, Box], model: Model) -> str:
    source, target = boxes[each.source], boxes[each.target]
    fields = model.entity(each.source).fields
    number = next(place for place, field in enumerate(fields) if field.name == each.name)
    x1, y1 = source.x + source.width, source.row_y(number)
    y2 = target.y + LINE * 0.75
    if source is target or target.x <= source.x:
        side = max(x1, target.x + target.width) + 28
        path = f"M{x1:.0f} {y1:.0f} C{side:.0f} {y1:.0f} {side:.0f} {y2:.0f} "
        path += f"{target.x + target.width:.0f} {y2:.0f}"
        tip = _tip(target.x + target.width, y2, -1)
    else:
        half = (x1 + target.x) / 2
        path = f"M{x1:.0f} {y1:.0f} C{half:.0f} {y1:.0f} {half:.0f} {y2:.0f} "
        path += f"{target.x:.0f} {y2:.0f}"
        tip = _tip(target.x, y2, 1)
    dashes = "" if each.inside else ' stroke-dasharray="5 3"'
    many = "*" if each.many else "1" if each.required else "0..1"
    beside = y1 + (14 if y2 < y1 else -4)
    return (
        f'<path d="{path}" fill="none" stroke="currentColor"{dashes}/>'
        f'<path d="{tip}" fill="currentColor"/>'
        f'<text x="{x1 + 6:.0f}" y="{beside:.0f}" fill="currentColor">{many}</text>'
    )


def _tip(x: float, y: float, way: int) -> str:
    back = x - 8 * way
    return f"M{x:.0f} {y:.0f} L{back:.0f} {y - 4:.0f} L{back:.0f} {y + 4:.0f} Z"


def _drawn(box: Box) -> Iterator[str]:
    size = f'x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}"'
    yield (
        f'<rect {size} height="{box.height:.0f}" rx="4" fill="none" stroke="currentColor"/>'
        f'<path d="M{box.x:.0f} {box.y + LINE * 1.4:.0f} h{box.width:.0f}" stroke="currentColor"/>'
    )
    yield (
        f'<text x="{box.x + PAD:.0f}" y="{box.y + LINE:.0f}" font-weight="bold" '
        f'fill="currentColor">{_text(box.head)}</text>'
    )
    for number, row in enumerate(box.rows):
        y = box.row_y(number) + 4
        yield f'<text x="{box.x + PAD:.0f}" y="{y:.0f}" fill="currentColor">{_text(row)}</text>'


def _in_words(model: Model, found: list[Link], language: str) -> str:
    """The content of the picture as sentences."""
    named = {each.name: title(each, language) for each in model.entities}
    sentences = [
        f"{named[each.name]}: {len(each.fields)} {say('fields', language)}."
        for each in model.entities
    ]
    for each in found:
        between = f"({each.name})" if each.inside else f"({each.name}: {say('refers', language)})"
        sentences.append(f"{named[each.source]} {between} → {named[each.target]}.")
    return " ".join(sentences)
