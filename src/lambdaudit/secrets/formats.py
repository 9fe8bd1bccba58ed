"""Token formats of providers: a literal to look for, the whole pattern around it, and a check where the format has one.

Every format has an anchor, a literal found with a fast substring search; the pattern is only tried around a find. All patterns
are linear: bounded repetitions of character classes, no nesting. Formats are those the providers document or publish for secret
scanning; sources are named where a rule is not obvious.
"""

import functools
import re
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .checksums import access_key_account, crc32_base62, jwt_claims
from .randomness import distinct, surprise
from .verdict import Confidence, Shape


class Format(NamedTuple):
    """One format. Group ``s`` of the pattern, if any, is the secret.

    `check` may lower the verdict: it returns the confidence, or None when the match is no such token. A match may begin up to
    `lead` characters of the set `left` before the anchor.
    """

    kind: str
    anchors: tuple[str, ...]
    pattern: str
    check: Callable[[str], Confidence | None]
    lead: int = 0
    left: str = ""


class Found(NamedTuple):
    """A token in a text. `kind` None: recognised as something public, of the given shape."""

    kind: str | None
    confidence: Confidence
    start: int
    end: int
    shape: Shape = Shape.TOKEN


_EXAMPLE = re.compile(r"example|sample|xxxx|placeholder|your[-_]?|(?:0123456|1234567|abcdefg)", re.I)


def looks_like_example(token: str) -> bool:
    """Whether a token is filler: the word EXAMPLE, runs of x, counting, or hardly any different characters."""
    return bool(_EXAMPLE.search(token)) or distinct(token[-24:]) < min(7, len(token) // 2 + 1)


def _real(token: str) -> Confidence | None:
    return None if looks_like_example(token) else "high"


def _likely(token: str) -> Confidence | None:
    return None if looks_like_example(token) else "medium"


def _github(token: str) -> Confidence | None:
    if looks_like_example(token):
        return None
    return "high" if len(token) != 40 or crc32_base62(token) else "low"


def _access_key(token: str) -> Confidence | None:
    if "EXAMPLE" in token or distinct(token[4:]) < 6:
        return None
    return "high" if token[4] in "IJ" or access_key_account(token) else "low"


def _telegram(token: str) -> Confidence | None:
    return "high" if surprise(token.partition(":")[2]) > 20 and not looks_like_example(token) else None


def _hook(token: str) -> Confidence | None:
    return "high"


def _drawn(token: str) -> Confidence | None:
    body = token[max(token.rfind("_"), token.rfind("-")) + 1 :]
    public = token.startswith(("pk_", "pk-", "pub_", "pub-"))
    return "medium" if surprise(body) > 30 and not public and not looks_like_example(body) else None


def _password_hash(token: str) -> Confidence | None:
    return "medium"


def _jwt(token: str) -> Confidence | None:
    return None if jwt_claims(token) is None else "high"


def _word(pattern: str) -> str:
    """A pattern that may not continue a run of token characters, so that every run is tried once: linear on hostile text."""
    before = "A-Za-z0-9_/+-" if "+/" in pattern else "A-Za-z0-9_-"
    return rf"(?<![{before}])(?:{pattern})(?![A-Za-z0-9_])"


def _simple(kind: str, prefix: str, body: str, *more: str) -> Format:
    anchors = (prefix, *more)
    return Format(kind, anchors, _word(f"(?:{'|'.join(map(re.escape, anchors))}){body}"), _real)


_DIGITS, _HEX, _ALNUM = string.digits, "0123456789abcdef", string.ascii_letters + string.digits
_DIGITS_64 = ("MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT")
_U = r"[A-Za-z0-9_-]"
_W = r"[A-Za-z0-9]"
_H = r"[0-9a-f]"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

_AWS = (
    Format("aws-access-key", ("AKIA", "ABIA", "ACCA"), _word(r"(?:AKIA|ABIA|ACCA)[A-Z2-7]{16}"), _access_key),
    Format("aws-temporary-key", ("ASIA",), _word(r"ASIA[A-Z2-7]{16}"), _access_key),
    Format(
        "aws-bedrock-key",
        ("ABSK", "bedrock-api-key-"),
        _word(r"(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{80,2000}={0,2}"),
        _real,
    ),
    Format("aws-session-token", ("IQoJ", "FwoG", "FQoG"), _word(r"(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/%]{150,4000}={0,2}"), _real),
    Format("amazon-mws-token", ("amzn.mws.",), _word(rf"amzn\.mws\.{_UUID}"), _real),
    Format("appsync-api-key", ("da2-",), _word(r"da2-[a-z0-9]{26}"), _real),
)
_CODE_HOSTS = (
    Format("github-token", ("ghp_", "gho_", "ghu_", "ghr_"), _word(r"gh[pour]_[A-Za-z0-9]{36,251}"), _github),
    Format("github-token", ("ghs_",), _word(r"ghs_[A-Za-z0-9]{36}|ghs_[A-Za-z0-9._-]{60,1000}"), _github),
    _simple("github-token", "github_pat_", rf"{_W}{{22}}_{_W}{{59}}"),
    _simple(
        "gitlab-token",
        "glpat-",
        rf"{_U}{{20,300}}(?:\.{_W}{{2,20}}){{0,3}}",
        "gldt-",
        "glrt-",
        "glft-",
        "glcbt-",
        "glptt-",
        "glsoat-",
    ),
    _simple("bitbucket-token", "ATBB", rf"{_W}{{24}}[0-9A-F]{{8}}"),
    _simple("atlassian-token", "ATATT3xFfGF0", rf"{_U}{{100,400}}=?[0-9A-F]{{0,8}}", "ATCTT3xFfGN0"),
    Format("azure-devops-token", ("AZDO",), _word(rf"{_W}{{76}}AZDO{_W}{{4}}"), _real, 76, _ALNUM),
)
_CHAT = (
    _simple(
        "slack-token",
        "xoxb-",
        r"[A-Za-z0-9-]{20,250}",
        "xoxp-",
        "xoxa-",
        "xoxr-",
        "xoxs-",
        "xoxe-",
        "xoxc-",
        "xoxd-",
    ),
    _simple("slack-token", "xapp-", r"\d-[A-Z0-9]{8,14}-\d{9,15}-[a-z0-9]{40,80}"),
    Format(
        "slack-webhook",
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<s>[A-Z0-9]{6,14}/[A-Z0-9]{6,14}/[A-Za-z0-9/]{16,80})",
        _real,
    ),
    Format(
        "discord-webhook",
        ("discord.com/api/webhooks/", "discordapp.com/api/webhooks/"),
        rf"discord(?:app)?\.com/api/webhooks/(?P<s>\d{{15,21}}/{_U}{{60,80}})",
        _real,
    ),
    # The first part is a decimal user id in base 64, so it begins with one of ten pairs.
    Format("discord-token", _DIGITS_64, _word(rf"[MNO]{_U}{{23,27}}\.{_U}{{6}}\.{_U}{{27,40}}"), _likely),
    Format("telegram-bot-token", (":AA",), rf"\d{{8,10}}:AA{_U}{{33}}(?![A-Za-z0-9_-])", _telegram, 10, _DIGITS),
    Format(
        "teams-webhook",
        (".webhook.office.com/",),
        rf"\.webhook\.office\.com/webhookb2/(?P<s>{_UUID}@{_UUID}/\w{{5,30}}/{_H}{{32}}/{_UUID}(?:/{_U}{{20,80}})?)",
        _real,
    ),
)
_PAYMENT = (
    _simple("stripe-key", "sk_live_", rf"{_W}{{10,250}}", "sk_test_", "rk_live_", "rk_test_", "sk_org_live_"),
    _simple("stripe-webhook-secret", "whsec_", r"[A-Za-z0-9+/]{24,80}={0,2}"),
    _simple("square-token", "sq0csp-", rf"{_U}{{43}}", "sq0atp-"),
    Format("square-token", ("EAAA",), _word(rf"EAAA{_U}{{60}}"), _likely),
    _simple("braintree-token", "access_token$production$", rf"[0-9a-z]{{16}}\${_H}{{32}}", "access_token$sandbox$"),
    _simple("twitch-token", "oauth:", r"[a-z0-9]{30}"),
    _simple("shippo-token", "shippo_live_", rf"{_H}{{40}}", "shippo_test_"),
    _simple("shopify-token", "shpat_", r"[0-9a-fA-F]{32}", "shpss_", "shpca_", "shppa_"),
    _simple("plaid-token", "access-production-", _UUID, "access-sandbox-", "access-development-"),
    _simple("flutterwave-key", "FLWSECK-", rf"{_W}{{20,80}}(?:-X)?"),
)
_MAIL = (
    _simple("sendgrid-key", "SG.", rf"{_U}{{16,32}}\.{_U}{{16,64}}"),
    _simple("mailgun-key", "key-", rf"{_H}{{32}}"),
    Format("mailchimp-key", ("-us",), _word(rf"{_H}{{32}}-us\d{{1,2}}"), _real, 32, _HEX),
    _simple("brevo-key", "xkeysib-", rf"{_H}{{64}}-{_W}{{16}}", "xsmtpsib-"),
    Format("twilio-key", ("SK",), _word(rf"SK{_H}{{32}}"), _real),
    Format("resend-key", ("re_",), _word(rf"re_{_W}{{7,9}}_{_W}{{20,28}}"), _real),
)
_MODELS = (
    Format("openai-key", ("T3BlbkFJ",), _word(rf"sk-{_U}{{16,180}}T3BlbkFJ{_U}{{16,180}}"), _real, 183, _ALNUM + "_-"),
    _simple("anthropic-key", "sk-ant-", rf"[a-z0-9]{{3,12}}-{_U}{{80,120}}"),
    _simple("openrouter-key", "sk-or-v1-", rf"{_H}{{64}}"),
    _simple("google-api-key", "AIza", rf"{_U}{{35}}"),
    _simple("huggingface-token", "hf_", rf"{_W}{{34,40}}", "api_org_"),
    _simple("replicate-token", "r8_", rf"{_W}{{37}}"),
    _simple("groq-key", "gsk_", rf"{_W}{{52}}"),
    _simple("perplexity-key", "pplx-", rf"{_W}{{40,60}}"),
    _simple("xai-key", "xai-", rf"{_W}{{70,90}}"),
    _simple("pinecone-key", "pcsk_", rf"{_W}{{4,8}}_{_W}{{50,70}}"),
    _simple("langsmith-key", "lsv2_", rf"(?:pt|sk)_{_H}{{32}}_{_H}{{10}}"),
    _simple("databricks-token", "dapi", rf"{_H}{{32}}(?:-\d)?"),
    _simple("nvidia-key", "nvapi-", rf"{_U}{{60,70}}"),
)
_WATCHING = (
    Format("new-relic-key", ("NRAL",), _word(r"[0-9a-f]{36}NRAL"), _real, 36, _HEX),
    _simple("new-relic-key", "NRAK-", r"[A-Z0-9]{27}"),
    _simple("new-relic-key", "NRII-", rf"{_U}{{32}}", "NRIQ-", "NRRA-"),
    _simple("sentry-token", "sntrys_", r"[A-Za-z0-9_=+/-]{60,600}", "sntryu_"),
    _simple("honeycomb-key", "hcaik_", r"[a-z0-9]{50,64}", "hcbik_", "hcxik_"),
    _simple("grafana-token", "glsa_", rf"{_W}{{32}}_[0-9A-Fa-f]{{8}}"),
    _simple("grafana-token", "glc_", r"[A-Za-z0-9+/]{40,400}={0,2}"),
    _simple("dynatrace-token", "dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}", "dt0s16.", "dt0s01."),
)
_PLATFORMS = (
    _simple("vault-token", "hvs.", rf"{_U}{{24,300}}", "hvb.", "hvr."),
    _simple("digitalocean-token", "dop_v1_", rf"{_H}{{64}}", "doo_v1_", "dor_v1_"),
    _simple("heroku-key", "HRKU-", rf"{_U}{{30,70}}"),
    Format("npm-token", ("npm_",), _word(rf"npm_{_W}{{36}}"), _github),
    # A macaroon of PyPI: version 2, location "pypi.org" (or test.pypi.org), in base 64.
    _simple("pypi-token", "pypi-AgEIcHlwaS5vcmc", rf"{_U}{{50,1000}}", "pypi-AgENdGVzdC5weXBpLm9yZw"),
    _simple("docker-token", "dckr_pat_", rf"{_U}{{27}}", "dckr_oat_"),
    _simple("rubygems-key", "rubygems_", rf"{_H}{{48}}"),
    Format("nuget-key", ("oy2",), _word(r"oy2[a-z0-9]{43}"), _likely),
    Format("terraform-token", (".atlasv1.",), _word(rf"{_W}{{14}}\.atlasv1\.{_U}{{60,70}}"), _real, 14, _ALNUM),
    _simple("pulumi-token", "pul-", rf"{_H}{{40}}"),
    _simple("doppler-token", "dp.pt.", rf"{_W}{{40,44}}", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."),
    _simple("doppler-token", "dp.st.", rf"(?:[a-z0-9_-]{{2,35}}\.)?{_W}{{40,44}}"),
    _simple("netlify-token", "nfp_", rf"{_W}{{36,40}}"),
    _simple("supabase-key", "sbp_", rf"{_H}{{40}}"),
    _simple("supabase-key", "sb_secret_", rf"{_U}{{20,60}}"),
    _simple("planetscale-token", "pscale_", rf"(?:pw|tkn|oauth)_{_U}{{32,64}}"),
    _simple("fly-token", "fm2_", r"[A-Za-z0-9+/]{80,2000}={0,2}", "fo1_"),
    _simple("fly-token", "fo1_", rf"{_U}{{43}}"),
    _simple("render-key", "rnd_", rf"{_W}{{28,32}}"),
    _simple("contentful-token", "CFPAT-", rf"{_U}{{43}}"),
    Format("airtable-token", ("pat",), _word(rf"pat{_W}{{14}}\.{_H}{{64}}"), _real),
    _simple("notion-token", "ntn_", rf"\d{{11}}{_W}{{30,40}}"),
    Format("notion-token", ("secret_",), _word(rf"secret_{_W}{{43}}"), _real),
    _simple("linear-key", "lin_api_", rf"{_W}{{40}}", "lin_oauth_"),
    Format("asana-token", ("1/", "2/"), _word(rf"[12]/\d{{13,20}}(?:/\d{{13,20}})?:{_H}{{32}}"), _real),
    _simple("figma-token", "figd_", rf"{_U}{{36,60}}"),
    Format("hubspot-token", ("pat-",), _word(rf"pat-(?:na|eu|ap)\d-{_UUID}"), _real),
    Format("salesforce-token", ("00D",), _word(rf"00D{_W}{{12}}(?:{_W}{{3}})?![A-Za-z0-9._]{{60,160}}"), _real),
    Format("launchdarkly-key", ("sdk-", "api-"), _word(rf"(?:sdk|api)-{_UUID}"), _likely),
    Format("mapbox-token", ("sk.eyJ",), _word(rf"sk\.eyJ{_U}{{40,160}}\.{_U}{{20,24}}"), _real),
    _simple("postman-key", "PMAK-", rf"{_H}{{24}}-{_H}{{34}}"),
    _simple("sonarqube-token", "squ_", rf"{_H}{{40}}", "sqp_", "sqa_"),
    Format("artifactory-key", ("AKCp",), _word(rf"AKCp{_W}{{60,75}}"), _real),
    Format("firebase-key", (":APA91b",), _word(rf"AAAA{_U}{{7}}:APA91b{_U}{{130,140}}"), _real, 11, _ALNUM + "_-"),
    Format("facebook-token", ("EAA",), _word(rf"EAA[A-Z]{_W}{{90,400}}"), _real),
    _simple("google-oauth-secret", "GOCSPX-", rf"{_U}{{28}}"),
    Format("google-oauth-token", ("ya29.",), _word(r"ya29\.[A-Za-z0-9_-]{30,1000}"), _real),
    Format("google-oauth-token", ("1//0",), _word(rf"1//0{_U}{{40,200}}"), _real),
    Format(
        "azure-client-secret",
        ("8Q~", "7Q~"),
        _word(r"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}"),
        _real,
        3,
        _ALNUM + "_~.-",
    ),
    Format("alibaba-access-key", ("LTAI",), _word(rf"LTAI{_W}{{16,20}}"), _likely),
    _simple("age-key", "AGE-SECRET-KEY-1", r"[0-9A-Z]{58}"),
    Format(
        "password-hash",
        ("$2a$", "$2b$", "$2y$", "$apr1$"),
        r"\$(?:2[aby]\$\d\d\$[./A-Za-z0-9]{53}|apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22})",
        _password_hash,
    ),
    Format("password-hash", ("$argon2",), r"\$argon2(?:id?|d)\$[\w=,$+/.-]{30,300}", _password_hash),
    Format("jwt", ("eyJ",), _word(rf"eyJ{_U}{{10,2000}}\.{_U}{{2,8000}}\.{_U}{{10,1400}}"), _jwt),
)
_HOOKS = (
    Format(
        "zapier-webhook",
        ("hooks.zapier.com/",),
        r"hooks\.zapier\.com/hooks/catch/(?P<s>\d{4,9}/[A-Za-z0-9]{5,12})",
        _hook,
    ),
    Format("make-webhook", (".make.com/",), r"\.make\.com/(?P<s>[a-z0-9]{28,36})(?![\w/])", _hook),
    Format(
        "ifttt-webhook",
        ("maker.ifttt.com/",),
        rf"maker\.ifttt\.com/trigger/[^\s/]{{1,80}}/with/key/(?P<s>{_U}{{16,60}})",
        _hook,
    ),
    Format("pagerduty-key", ("events.pagerduty.com/",), rf"events\.pagerduty\.com/integration/(?P<s>{_H}{{32}})", _hook),
    # The pattern that many younger providers follow: their name, the stage or sort of key, and a long drawn part.
    Format(
        "api-key",
        ("_live_", "_prod_", "_secret_", "_sk_", "_sandbox_", "-live-", "-secret-", "_api_", "_pat_"),
        _word(rf"[a-z][a-z0-9]{{1,14}}[_-](?:live|prod|secret|sk|sandbox|api|pat)[_-]{_W}{{24,200}}"),
        _drawn,
        15,
        string.ascii_lowercase + string.digits,
    ),
)
FORMATS: tuple[Format, ...] = (*_AWS, *_CODE_HOSTS, *_CHAT, *_PAYMENT, *_MAIL, *_MODELS, *_WATCHING, *_PLATFORMS, *_HOOKS)
"""All provider formats, in the order in which they are tried."""

_ANCHORED = tuple((anchor, form) for form in FORMATS for anchor in form.anchors)

_PUBLIC = (
    ("pk_live_", _word(rf"pk_(?:live|test)_{_W}{{10,250}}")),
    ("pk_test_", _word(rf"pk_(?:live|test)_{_W}{{10,250}}")),
    ("pk.eyJ", _word(rf"pk\.eyJ{_U}{{40,160}}\.{_U}{{20,24}}")),
    ("sb_publishable_", _word(rf"sb_publishable_{_U}{{20,60}}")),
    ("ssh-", r"ssh-(?:rsa|ed25519|dss) AAAA[A-Za-z0-9+/=]{30,2000}"),
    ("ecdsa-sha2-", r"ecdsa-sha2-nistp\d{3} AAAA[A-Za-z0-9+/=]{30,2000}"),
)
_ANON_ROLE = "anon"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Most runs meet few formats, so each pattern is compiled when its anchor is first seen."""
    return re.compile(pattern)


def public_keys(text: str) -> Iterator[Found]:
    """Keys in a text that are made to be public: publishable payment keys, map tokens, SSH public keys."""
    for anchor, pattern in _PUBLIC:
        at = text.find(anchor)
        while at >= 0:
            match = _compiled(pattern).match(text, at)
            if match:
                yield Found(None, "high", *match.span(), Shape.PUBLIC_KEY)
            at = text.find(anchor, match.end() if match else at + len(anchor))


def tokens(text: str) -> Iterator[Found]:
    """Provider tokens in a text, format after format. Public JWTs (Supabase's anonymous role) come with kind None."""
    for anchor, form in _ANCHORED:
        if anchor in text:
            yield from _around(text, form, anchor)


def _around(text: str, form: Format, anchor: str) -> Iterator[Found]:
    at = text.find(anchor)
    done = 0
    while at >= 0:
        before = text[max(done, at - form.lead) : at] if form.lead else ""
        begin = at - len(before) + len(before.rstrip(form.left))
        match = _compiled(form.pattern).match(text, begin)
        after = at + len(anchor)
        if match and match.end() > at:
            confidence = form.check(match[0])
            if confidence:
                yield _found(form.kind, confidence, match)
            done = after = match.end()
        at = text.find(anchor, after)


def _found(kind: str, confidence: Confidence, match: re.Match[str]) -> Found:
    start, end = match.span("s") if "s" in match.re.groupindex else match.span()
    if kind == "jwt" and (jwt_claims(match[0]) or {}).get("role") == _ANON_ROLE:
        return Found(None, "high", start, end, Shape.PUBLIC_KEY)
    return Found(kind, confidence, start, end)
