"""Compiled Java: which dangerous calls the handler's own classes can get to, by the calls in their bytecode."""

import io
import re
from collections.abc import Iterator

from lambdaudit.code.filesystem import OPT, TASK, FileSystem
from lambdaudit.code.package import Limits, Listing, Member
from lambdaudit.model.code import CodeIssue, Flow
from lambdaudit.model.where import Where

from .classfile import MOST_BYTES, Call, ClassError, ClassFile, Method, read_class
from .found import Found
from .sdk import java_call

_MOST_CLASSES = 3000
_MOST_JARS = 200
_MOST_INFLATED = 48 * 1024**2
_MOST_STEPS = 20_000
_MOST_HANDLERS = 10
_FOREIGN = re.compile(
    rf"{TASK}/(?:META-INF/|BOOT-INF/|com/amazonaws/|software/amazon/|org/(?:springframework|apache|http4k)/|io/(?:quarkus|micronaut)/)"
)
_NOTE = "read from compiled classes: the handler gets to this call; whether event data does was not followed"
_SINKS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((kind, re.compile(pattern)) for kind, pattern in (
    ("deserialisation", r"java/io/ObjectInputStream\.(?:readObject|readUnshared)$|java/beans/XMLDecoder\.readObject$"
                        r"|com/thoughtworks/xstream/XStream\.(?:fromXML|unmarshal)$|org/yaml/snakeyaml/Yaml\.(?:load|loadAll|loadAs)$"
                        r"|com/esotericsoftware/kryo/Kryo\.read(?:Object|ClassAndObject)$|com/caucho/hessian\S*\.readObject$"
                        r"|org/apache/commons/lang3?/SerializationUtils\.deserialize$"),
    ("process", r"java/lang/Runtime\.exec$|java/lang/ProcessBuilder\.(?:<init>|command)$"
                r"|org/apache/commons/exec/CommandLine\.parse$"),
    ("code-evaluation", r"javax/script/(?:ScriptEngine|CompiledScript)\.eval$|groovy/lang/GroovyShell\.(?:evaluate|parse)$"
                        r"|ognl/Ognl\.getValue$|org/mvel2/MVEL\.eval\w*$|bsh/Interpreter\.eval$"
                        r"|org/springframework/expression/ExpressionParser\.parseExpression$"),
    ("code-evaluation", r"javax/naming/(?:Initial)?(?:Dir)?Context\.(?:lookup|doLookup)$"),
    ("sql", r"java/sql/Statement\.(?:execute|executeQuery|executeUpdate|addBatch)$"),
    ("xml", r"javax/xml/parsers/(?:DocumentBuilder|SAXParser)\.parse$|org/dom4j/io/SAXReader\.read$"),
))  # fmt: skip
_TRUST = re.compile(
    r"org/apache/(?:http|hc\S*)/\S*(?:TrustAllStrategy|NoopHostnameVerifier|TrustSelfSignedStrategy)"
    r"|io/netty/\S*InsecureTrustManagerFactory"
)


def read_classes(files: FileSystem, handler: str) -> Found:
    """Issues and flows in compiled classes of the packages that the Handler setting names (``com.shop.App::handle``).

    Without a setting the package's own classes with a ``handleRequest`` method count as handlers.
    """
    found = Found()
    if not handler:
        for name in _handlers(files):
            more = read_classes(files, name)
            found.issues += (issue for issue in more.issues if issue not in found.issues)
            found.flows += (flow for flow in more.flows if flow not in found.flows)
            found.raw += (call for call in more.raw if call not in found.raw)
            found.limits += (limit for limit in more.limits if limit not in found.limits)
        return found
    owner, _, method = handler.partition("::")
    if not re.fullmatch(r"[\w$]+(?:\.[\w$]+)*", owner):
        return found
    folder = "/".join(owner.split(".")[:-1][:3])
    if not folder:
        found.limits.append("the handler's class is in no package, so own classes cannot be told from libraries")
        return found
    classes: dict[str, tuple[ClassFile, str, str]] = {}
    for path, origin, data in _own(files, folder, found):
        try:
            one = read_class(data)
        except ClassError as error:
            found.limits.append(f"{path} was not read: {error}")
            continue
        classes.setdefault(one.name, (one, path, origin))
        found.issues += _trusting(one, path, origin)
    if classes:
        _reached(classes, owner.replace(".", "/"), method, found)
        found.limits.append("compiled Java was read by the calls in it; how data move was not followed")
    return found


def _handlers(files: FileSystem) -> list[str]:
    """Names of classes in the package itself that Lambda can call, libraries and what has no code left out."""
    found: list[str] = []
    paths = [p for p in files.files() if p.startswith(f"{TASK}/") and p.endswith(".class") and not _FOREIGN.match(p)]
    for path in paths[:_MOST_CLASSES]:
        data = files.read(path, MOST_BYTES) or b""
        if b"handleRequest" not in data or len(found) >= _MOST_HANDLERS:
            continue
        try:
            one = read_class(data)
        except ClassError:
            continue
        if any(method.name == "handleRequest" and (method.code or method.calls) for method in one.methods):
            found.append(one.name.replace("/", "."))
    return found


def _own(files: FileSystem, folder: str, found: Found) -> Iterator[tuple[str, str, bytes]]:
    """Class files below the handler's package, from the package itself and from its jars."""
    count = 0
    for path in files.files():
        if path.startswith(f"{TASK}/{folder}/") and path.endswith(".class") and files.size(path) <= MOST_BYTES:
            data = files.read(path)
            count += 1
            if data is not None and count <= _MOST_CLASSES:
                yield path, files.origin(path), data
    jars = [p for p in files.files() if p.endswith(".jar") and p.startswith((f"{TASK}/", f"{OPT}/java/lib/"))]
    listing = Listing(Limits(inflated=_MOST_INFLATED, file=MOST_BYTES))
    for jar in jars[:_MOST_JARS]:
        packed = files.read(jar)
        for member in listing.members(io.BytesIO(packed)) if packed else ():
            if isinstance(member, Member) and member.path.startswith(f"{folder}/") and member.path.endswith(".class"):
                data = member.data()
                count += 1
                if data is not None and count <= _MOST_CLASSES:
                    yield f"{jar}!/{member.path}", files.origin(jar), data
    if count > _MOST_CLASSES or len(jars) > _MOST_JARS or listing.over:
        found.limits.append(f"only the first {_MOST_CLASSES} own classes of {_MOST_JARS} jars were read")


def _trusting(one: ClassFile, path: str, origin: str) -> Iterator[CodeIssue]:
    """Trust managers and host name verifiers that accept everything, and calls of libraries' ready-made ones."""
    where = Where(path, subject=origin)
    for method in one.methods:
        empty = method.code[:1] == b"\xb1"  # return
        if method.name == "checkServerTrusted" and empty and "X509" in " ".join(one.interfaces) + one.parent:
            yield CodeIssue(kind="tls-verification-off", where=where, text="its trust manager accepts any certificate")
        if method.name == "verify" and method.code[:2] == b"\x04\xac" and "javax/net/ssl/HostnameVerifier" in one.interfaces:
            yield CodeIssue(kind="tls-verification-off", where=where, text="its host name verifier accepts any name")
        for call in method.calls:
            if _TRUST.match(call.owner):
                place = Where(path, subject=origin, line=call.line)
                yield CodeIssue(kind="tls-verification-off", where=place, text=f"it uses {call.owner.rpartition('/')[2]}")


def _reached(classes: dict[str, tuple[ClassFile, str, str]], entry: str, method: str, found: Found) -> None:
    """Dangerous calls and calls of AWS in methods that the handler gets to through own classes.

    Dangerous calls with constants only are left out.
    """
    wanted = {method} if method else {"handleRequest"}
    known = classes.get(entry)
    if known is None:
        return
    work: list[tuple[str, Method]] = [
        (entry, m) for m in known[0].methods if m.name in wanted or m.name in ("<init>", "<clinit>")
    ]
    seen: set[tuple[str, str, str]] = set()
    told: set[tuple[str, str, int, str]] = set()
    while work and len(seen) < _MOST_STEPS:
        name, current = work.pop()
        if (name, current.name, current.descriptor) in seen:
            continue
        seen.add((name, current.name, current.descriptor))
        _, path, origin = classes[name]
        for call in current.calls:
            if flow := _danger(call, path, origin):
                key = (path, flow.sink, call.line, current.name)
                if key not in told:
                    told.add(key)
                    found.flows.append(flow)
            elif raw := java_call(call, path, origin):
                found.raw.append(raw)
            for target in _targets(classes, call):
                work += [
                    (target, m) for m in classes[target][0].methods if m.name == call.name and m.descriptor == call.descriptor
                ]


def _targets(classes: dict[str, tuple[ClassFile, str, str]], call: Call) -> Iterator[str]:
    """Own classes whose method a call may mean: the class, what it inherits from, and classes that implement it."""
    current = call.owner
    for _ in range(20):
        if current not in classes:
            break
        yield current
        current = classes[current][0].parent
    if call.owner in classes:
        yield from (name for name, (one, _, _) in classes.items() if call.owner in one.interfaces or one.parent == call.owner)


def _danger(call: Call, path: str, origin: str) -> Flow | None:
    if call.constant:
        return None
    sink = f"{call.owner}.{call.name}"
    kind = next((kind for kind, pattern in _SINKS if pattern.match(sink)), "")
    if not kind:
        return None
    where = Where(path, subject=origin, line=call.line)
    shown = sink.rpartition("/")[2].replace("<init>", "new")
    return Flow(kind=kind, sink=shown, where=where, label="event", confidence="low", note=_NOTE)


__all__ = ["read_classes"]
