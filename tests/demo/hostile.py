"""The demo application with hostile text wherever the API lets it through: the input of the tests of every output.

Use: ``with deployed(hostile) as account`` (:mod:`tests.demo.account`).
"""

MARKUP = "<script>alert('lambdaudit')</script>\"'><img src=x onerror=alert(1)>]]>&amp;</style></textarea>"
TEMPLATE = "${7*7}{{7*7}}<%= 7*7 %>`id`$(id)"
LINKS = "[click](javascript:alert(1))|![x](http://evil.example/x.png)|@everyone"
FORMULA = '=HYPERLINK("http://evil.example","x")'
WORKFLOW = "\r\n::error file=app.py::injected\n::set-output name=x::y\n##vso[task.complete]"
TERMINAL = "\x1b[31mred\x1b[2J\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\\x9b1A"
BIDI = "\u202egnp.exe\u2066\u200b\u2028\ufeff"

EVERYTHING = FORMULA + MARKUP + TEMPLATE + LINKS + WORKFLOW + TERMINAL + BIDI
"""For fields of JSON: nothing is held back."""

WITHOUT_CONTROLS = FORMULA + MARKUP + TEMPLATE + LINKS + "\n::error file=app.py::injected\n" + BIDI
"""For fields that travel as XML, which has no escape character, bell or carriage return of its own."""

SHORT = "=1+1<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\n::error::injected\n`id` [x](javascript:alert(1))" + BIDI
"""For values of tags, which end at 256 characters."""

ONE_WORD = (FORMULA + MARKUP + TEMPLATE + LINKS + BIDI).replace(" ", "").replace("\u2028", "")
"""For fields without white space."""

TAG_KEY = "=1+1 ::error::injected @SUM/A1 -"
"""For keys of tags where IAM's alphabet is enforced."""

AS_XML = frozenset(
    {
        "notification id",
        "policy description",
        "role description",
        "security group description",
        "topic display name",
    }
)
SMALL = frozenset({"listed tag value", "network name"})
NARROW = frozenset({"API path"})
"""Fields whose alphabet leaves no room for mischief."""


def hostile(field: str, text: str) -> str:
    """The demo's text for a field, behind the worst that the field can hold."""
    if field in NARROW:
        return text
    if field == "listed tag key":
        return TAG_KEY + text
    if field in SMALL:
        return SHORT + text
    if field == "handler":
        return ONE_WORD + text
    return (WITHOUT_CONTROLS if field in AS_XML else EVERYTHING) + text
