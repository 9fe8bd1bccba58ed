"""RSS 2.0 and Atom: bulletins of AWS, notices, anything that is only text."""

from collections.abc import Iterator

from .entry import MOST_TEXT, Entry, FeedError, address, day, ids_in, line
from .markup import Node, without_tags

_BODIES = ("description", "encoded", "summary", "content")


def read_syndication(root: Node, name: str) -> Iterator[Entry]:
    """The entries of an RSS or Atom document. Raises FeedError for another kind of XML."""
    if root.name == "feed":
        items, kind, title = root.children, "Atom", root.first("title")
    elif root.name in ("rss", "RDF"):
        channel = root.first("channel")
        items = [*(channel.children if channel else ()), *root.children]
        kind, title = "RSS", channel.first("title") if channel else None
    else:
        raise FeedError(f"{name} is XML of another kind ({line(root.name, 60)}): RSS 2.0 and Atom are read")
    feed = line(title.text(), 120) if title else ""
    for item in items:
        if item.name in ("item", "entry"):
            yield _entry(item, kind, feed or name)


def _entry(item: Node, kind: str, feed: str) -> Entry:
    title = line(without_tags(_text(item, "title")))
    bodies = [child.text()[: 2 * MOST_TEXT] for child in item.children if child.name in _BODIES]
    marks = [child.text()[:200] or child.attributes.get("term", "")[:200] for child in item.children if child.name == "category"]
    text = "\n".join([title, *marks[:50], *(without_tags(body) for body in bodies)])[:MOST_TEXT]
    return Entry(
        kind=kind,
        feed=feed,
        title=title or line(text, 120),
        ids=ids_in(title, text, *bodies, _link(item), _text(item, "guid", "id")[:500]),
        published=day(_text(item, "pubDate", "published", "date")),
        updated=day(_text(item, "updated", "modified")),
        link=_link(item),
        text=text,
        prose=True,
    )


def _text(item: Node, *names: str) -> str:
    found = item.first(*names)
    return found.text().strip()[:MOST_TEXT] if found else ""


def _link(item: Node) -> str:
    """RSS writes the address as text, Atom as an attribute, the page itself with ``rel`` alternate or none."""
    links = [child for child in item.children if child.name == "link"]
    for link in sorted(links, key=lambda node: node.attributes.get("rel", "alternate") != "alternate"):
        if found := address(link.attributes.get("href") or link.text()):
            return found
    return address(_text(item, "guid"))
