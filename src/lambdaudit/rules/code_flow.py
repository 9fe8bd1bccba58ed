"""What code does with foreign data and with what it knows: flows from an event to a place where they do harm, step by step."""

from collections.abc import Iterator

from lambdaudit.facts import Audit
from lambdaudit.facts.flows import Carried, flows_of, weigh
from lambdaudit.model.code import Code
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.rules.contract import Fail, Outcome, fail, rule

_FOREIGN = ("event", "stored")
_ANY = ("event", "stored", "environment", "secret", "identity", "exception", "")
_MOST_STEPS = 30
_HIGHEST = {"argument": Severity.HIGH}
"""Kinds that are worth less than others of their rule: an option of the sender's choice is not yet a command."""
_WHAT = {"event": "the event", "stored": "stored data", "environment": "the environment", "secret": "a secret",
         "identity": "the caller's identity", "exception": "an exception"}  # fmt: skip


def _reaches(
    code: Code, audit: Audit, base: Severity, kinds: tuple[str, ...], labels: tuple[str, ...], verb: str
) -> Iterator[Fail]:
    """A fail for each flow of these kinds."""
    for carried in flows_of(code, audit, kinds, labels):
        flow = carried.flow
        weight = weigh(carried, _HIGHEST.get(flow.kind, base), audit)
        source = flow.source or _WHAT.get(flow.label, "a value")
        foreign = flow.label in _FOREIGN
        yield fail(
            f"{source} {verb} by {flow.sink} in {flow.where}"
            + (f": {weight.entrance}{weight.power}" if foreign else "")
            + (f" ({flow.note})" if flow.note else ""),
            at=flow.where,
            key=f"{flow.where.source} {flow.sink} {source}",
            severity=weight.severity if foreign else base,
            confidence=Confidence(flow.confidence),
            evidence=_steps(carried),
            functions=carried.functions,
        )


def _steps(carried: Carried) -> tuple[Evidence, ...]:
    steps = carried.flow.steps
    shown = steps if len(steps) <= _MOST_STEPS else (*steps[: _MOST_STEPS - 5], *steps[-5:])
    return tuple(Evidence(where=step.where, text=step.text) for step in shown)


@rule(Severity.CRITICAL, maps=("CWE-94", "CWE-95", "CWE-1336", "OWASP:S1:2017", "ATTACK:T1059"))
def event_reaches_code_evaluation(code: Code, audit: Audit) -> Outcome:
    """Foreign data is evaluated as code or as a template.

    Why: Whoever can send the event runs code of their own in the function, with its role, its variables and its network.
    Fix: Parse the data with a parser for its format (json, ast.literal_eval, a table of functions) and never build code or
    templates from it.
    See: https://owasp.org/www-project-serverless-top-10/
    """
    yield from _reaches(code, audit, Severity.CRITICAL, ("code-evaluation", "template"), _FOREIGN, "is run as code")


@rule(Severity.CRITICAL, maps=("CWE-502", "OWASP:S8:2017", "ATTACK:T1059"))
def foreign_data_deserialised(code: Code, audit: Audit) -> Outcome:
    """Foreign data is deserialised into objects.

    Why: Formats such as pickle, YAML with tags or node-serialize name the code to run while they are read: the sender runs
    code in the function.
    Fix: Use JSON, or the safe loader of the format; sign what must keep its type and check the signature first.
    See: https://cheatsheetseries.owasp.org/cheatsheets/Deserialization_Cheat_Sheet.html
    """
    yield from _reaches(code, audit, Severity.CRITICAL, ("deserialisation",), _FOREIGN, "is deserialised")


@rule(Severity.CRITICAL, maps=("CWE-78", "CWE-88", "OWASP:S1:2017", "ATTACK:T1059.004"))
def event_starts_process(code: Code, audit: Audit) -> Outcome:
    """Foreign data becomes part of a command line.

    Why: A quote, a semicolon or an option of the sender's choice starts their command in the function, with its role.
    Fix: Pass a list of arguments without a shell, put -- before data, and allow only values from a list.
    See: https://cheatsheetseries.owasp.org/cheatsheets/OS_Command_Injection_Defense_Cheat_Sheet.html
    """
    yield from _reaches(code, audit, Severity.CRITICAL, ("process", "argument"), _FOREIGN, "becomes part of a command")


@rule(Severity.HIGH, maps=("CWE-89", "OWASP:S1:2017"))
def event_in_sql(code: Code, audit: Audit) -> Outcome:
    """Foreign data is pasted into an SQL statement.

    Why: The sender reads, changes or deletes any row that the function's database user can reach.
    Fix: Bind values as parameters; choose names of tables and columns from a list.
    See: https://cheatsheetseries.owasp.org/cheatsheets/SQL_Injection_Prevention_Cheat_Sheet.html
    """
    yield from _reaches(code, audit, Severity.HIGH, ("sql",), _FOREIGN, "is pasted into an SQL statement")


@rule(Severity.HIGH, maps=("CWE-943", "OWASP:S1:2017"))
def event_in_database_query(code: Code, audit: Audit) -> Outcome:
    """Foreign data shapes a NoSQL query.

    Why: Operators hidden in the data ($ne, $where, an expression) turn a question about one record into one about all.
    Fix: Convert each value to the type that is expected, build filters and expressions from constants, and bind values.
    See: https://cheatsheetseries.owasp.org/cheatsheets/Injection_Prevention_Cheat_Sheet.html
    """
    yield from _reaches(code, audit, Severity.HIGH, ("nosql",), _FOREIGN, "shapes a database query")


@rule(Severity.HIGH, maps=("CWE-22", "CWE-73", "OWASP:S1:2017"))
def event_names_file(code: Code, audit: Audit) -> Outcome:
    """Foreign data names a file.

    Why: With ../ or an absolute path the sender reads the code, /proc/self/environ with the role's keys, or files of other
    callers in /tmp; or writes there.
    Fix: Take the last part of the name only, or resolve the path and check that it stays in its folder.
    See: https://cwe.mitre.org/data/definitions/22.html
    """
    yield from _reaches(code, audit, Severity.HIGH, ("path",), _FOREIGN, "names a file")


@rule(Severity.HIGH, maps=("CWE-918", "OWASP:API7:2023", "OWASP:S1:2017"))
def event_steers_request(code: Code, audit: Audit) -> Outcome:
    """Foreign data decides where the function sends a request.

    Why: The sender reaches what only the function reaches: services in the VPC, the runtime API on the local host,
    addresses that trust its IP.
    Fix: Take the host from a list, build the rest of the address from encoded parts, and do not follow redirects.
    See: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    yield from _reaches(code, audit, Severity.HIGH, ("request",), _FOREIGN, "decides where a request goes")


@rule(Severity.MEDIUM, maps=("CWE-611", "CWE-776", "OWASP:S4:2017"))
def event_in_xml_parser(code: Code, audit: Audit) -> Outcome:
    """Foreign XML is parsed with entities or external documents.

    Why: An entity reads files of the function or calls addresses; nested entities use up its memory and time.
    Fix: Use defusedxml, or switch entities, DTDs and network access of the parser off.
    See: https://cheatsheetseries.owasp.org/cheatsheets/XML_External_Entity_Prevention_Cheat_Sheet.html
    """
    yield from _reaches(code, audit, Severity.MEDIUM, ("xml",), _FOREIGN, "is read by an XML parser that resolves entities")


@rule(Severity.MEDIUM, maps=("CWE-610", "CWE-639", "OWASP:API1:2023", "OWASP:S5:2017"))
def event_names_cloud_resource(code: Code, audit: Audit) -> Outcome:
    """Foreign data chooses the resource of an AWS call.

    Why: The function calls with its own role: the sender reaches every object, table, function or secret that the role may,
    not only their own.
    Fix: Derive the name from the verified identity of the caller, or from a list; narrow the role to what one caller may
    see.
    See: https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
    """
    yield from _reaches(code, audit, Severity.MEDIUM, ("cloud-target",), _FOREIGN, "chooses the resource of an AWS call")


@rule(Severity.MEDIUM, maps=("CWE-79", "CWE-113", "CWE-601", "OWASP:S7:2017"))
def event_in_response(code: Code, audit: Audit) -> Outcome:
    """Foreign data goes into HTML, headers or a redirect of the response.

    Why: A link with the right parameter runs script in the visitor's browser, sets cookies, or sends the visitor to the
    attacker's page.
    Fix: Encode for the place it goes to, answer with application/json, allow redirects to known paths only.
    See: https://cheatsheetseries.owasp.org/cheatsheets/Cross_Site_Scripting_Prevention_Cheat_Sheet.html
    """
    yield from _reaches(
        code, audit, Severity.MEDIUM, ("xss", "header", "redirect", "cors"), _FOREIGN, "goes into the response as it came"
    )


@rule(Severity.MEDIUM, maps=("CWE-90", "CWE-643", "CWE-1333", "OWASP:S1:2017"))
def event_in_search_expression(code: Code, audit: Audit) -> Outcome:
    """Foreign data becomes part of an LDAP, XPath or regular expression.

    Why: The sender widens the search to records of others, or sends an expression that keeps the function busy until its
    time is up, and you pay.
    Fix: Escape the data for the language of the expression (ldap.filter.escape_filter_chars, re.escape), or bind it as a
    variable.
    See: https://cwe.mitre.org/data/definitions/943.html
    """
    yield from _reaches(code, audit, Severity.MEDIUM, ("ldap", "xpath", "regex"), _FOREIGN, "becomes part of a search expression")


@rule(Severity.MEDIUM, maps=("CWE-1321", "CWE-915", "OWASP:API3:2023"))
def object_polluted_by_event(code: Code, audit: Audit) -> Outcome:
    """Foreign data sets properties of any name.

    Why: With __proto__ or a field that was not meant for callers, the sender changes defaults of the whole process or flags
    of their own record.
    Fix: Copy the expected fields one by one, or validate against a schema that forbids others.
    See: https://cheatsheetseries.owasp.org/cheatsheets/Prototype_Pollution_Prevention_Cheat_Sheet.html
    """
    yield from _reaches(code, audit, Severity.MEDIUM, ("prototype-pollution",), _FOREIGN, "sets properties of any name")


@rule(Severity.LOW, maps=("CWE-1427", "OWASP:LLM01:2025"))
def event_in_prompt(code: Code, audit: Audit) -> Outcome:
    """Foreign data is put into the prompt of a language model.

    Why: The sender's text is read as instructions; what the model's answer may start is then theirs to choose.
    Fix: Keep instructions and data apart, and check the answer before anything is done with it.
    See: https://genai.owasp.org/llmrisk/llm01-prompt-injection/
    """
    yield from _reaches(code, audit, Severity.LOW, ("prompt",), _FOREIGN, "is put into the prompt of a language model")


@rule(Severity.INFO, maps=("CWE-117", "OWASP:S10:2017"))
def event_in_log(code: Code, audit: Audit) -> Outcome:
    """Foreign text is written to the log as it came.

    Why: Line breaks in it forge entries, and terminals or viewers may act on control characters.
    Fix: Log structured JSON, or encode line breaks.
    See: https://owasp.org/www-community/attacks/Log_Injection
    """
    yield from _reaches(code, audit, Severity.INFO, ("log-injection",), _FOREIGN, "is written to the log as it came")


@rule(Severity.MEDIUM, maps=("CWE-532", "OWASP:S3:2017"))
def secret_logged(code: Code, audit: Audit) -> Outcome:
    """A secret or a credential of the caller is logged or returned.

    Why: Whoever may read the log group, or gets the answer, has the secret: far more people than may read it at its source.
    Fix: Do not log whole events, headers or responses of Secrets Manager; log ids.
    See: https://cwe.mitre.org/data/definitions/532.html
    """
    yield from _reaches(code, audit, Severity.MEDIUM, ("log-secret", "secret-disclosed"), _ANY, "is written where it can be read")


@rule(Severity.HIGH, maps=("CWE-526", "CWE-200", "OWASP:S3:2017", "ATTACK:T1552.007"))
def environment_disclosed(code: Code, audit: Audit) -> Outcome:
    """The environment, with the role's keys, is logged, returned or sent out.

    Why: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN stand in the environment: whoever reads them is the
    role, from anywhere, for hours.
    Fix: Remove the statement; name the single variables that are needed.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    yield from _reaches(code, audit, Severity.HIGH, ("environment-disclosed",), _ANY, "is logged, returned or sent out")


@rule(Severity.LOW, maps=("CWE-209", "OWASP:S3:2017"))
def error_disclosed(code: Code, audit: Audit) -> Outcome:
    """Exception text or a stack trace is returned to the caller.

    Why: Messages of drivers and SDKs name tables, hosts, ARNs and statements: what an attacker needs for the next step.
    Fix: Log the exception, and answer with a general message and an id.
    See: https://cheatsheetseries.owasp.org/cheatsheets/Error_Handling_Cheat_Sheet.html
    """
    yield from _reaches(code, audit, Severity.LOW, ("error-disclosed",), _ANY, "is returned to the caller")


@rule(Severity.MEDIUM, maps=("CWE-488", "CWE-664", "OWASP:S6:2017"))
def data_kept_between_invocations(code: Code, audit: Audit) -> Outcome:
    """Data of one invocation is kept for the next in a variable outside the handler.

    Why: The next event is processed in the same environment: another caller gets the identity or data of the one before.
    Fix: Pass it through arguments; keep only clients, caches of public data and configuration outside the handler.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """
    yield from _reaches(code, audit, Severity.MEDIUM, ("module-state",), _ANY, "is kept in a variable outside the handler")
