"""Java, Go, Ruby, C# and PHP read by names and order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.patterns.found import Found
from lambdaudit.code.patterns.languages import LANGUAGES
from lambdaudit.code.patterns.source import read_source

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
BY_NAME = {language.name: language for language in LANGUAGES}
WRAP = {
    "java": (
        "com.x.App::handleRequest",
        "class App {{ String handleRequest(Map<String, String> event, Context context) {{\n{0}\n}} {1} }}",
    ),
    "go": (
        "bootstrap",
        "package main\nfunc Handle(ctx context.Context, event Event) (string, error) {{\n{0}\n}}\n{1}\n"
        "func main() {{ lambda.Start(Handle) }}",
    ),
    "ruby": ("app.handler", "{1}\ndef handler(event:, context:)\n{0}\nend\n"),
    "dotnet": (
        "A::N.App::FunctionHandler",
        "class App {{ public string FunctionHandler(Req event1, ILambdaContext context) {{\n{0}\n}} {1} }}",
    ),
    "php": ("index.php", "<?php\n{1}\nreturn function ($event, $context) {{\n{0}\n}};"),
}  # fmt: skip


def read(language: str, body: str, rest: str = "") -> Found:
    handler, shape = WRAP[language]
    path = "/var/task/index.php" if language == "php" else f"/var/task/app{BY_NAME[language].suffixes[0]}"
    return read_source([(path, FN, shape.format(body, rest).encode())], BY_NAME[language], handler)


def flows(found: Found) -> list[tuple[str, str, str]]:
    return [(flow.kind, flow.source, flow.confidence) for flow in found.flows if not flow.constant]


FOUND = [
    ("java", 'Runtime.getRuntime().exec("ls " + event.get("dir"));', "process"),
    ("java", 'String d = event.get("d"); ProcessBuilder p = new ProcessBuilder("sh", "-c", d); p.start();', "process"),
    ("java", 'new ObjectInputStream(new ByteArrayInputStream(dec.decode(event.get("b")))).readObject();', "deserialisation"),
    ("java", 'new XMLDecoder(new ByteArrayInputStream(event.get("x").getBytes())).readObject();', "deserialisation"),
    ("java", 'engine.eval(event.get("script"));', "code-evaluation"),
    ("java", 'new InitialContext(); ctx.lookup("ldap://" + event.get("host"));', "code-evaluation"),
    ("java", 'String q = "select * from t where id = " + event.get("id"); stmt.executeQuery(q);', "sql"),
    ("java", 'Files.readString(Paths.get("/tmp", event.get("name")));', "path"),
    ("go", 'exec.CommandContext(ctx, "/bin/bash", "-c", event.Cmd).Run(); return "", nil', "process"),
    ("ruby", "Open3.capture2('bash', '-c', event['c'])", "process"),
    ("dotnet", "JsonConvert.DeserializeObject(event1.Body, new S { TypeNameHandling = TypeNameHandling.All });",
     "deserialisation"),
    ("go", 'exec.Command("sh", "-c", event.Cmd).Run(); return "", nil', "process"),
    ("go", 'q := fmt.Sprintf("select %s", event.Id)\n db.Query(q)\n return "", nil', "sql"),
    ("go", 'rows, err := db.QueryContext(ctx, "select "+event.Id)', "sql"),
    ("go", 'data, _ := os.ReadFile("/tmp/" + event.Name)', "path"),
    ("go", "for _, r := range event.Records { http.Get(r.Url) }", "request"),
    ("ruby", "x = event['body']\nMarshal.load(Base64.decode64(x))", "deserialisation"),
    ("ruby", "eval(event['code'])", "code-evaluation"),
    ("ruby", "`ls #{event['dir']}`", "process"),
    ("ruby", 'system "convert #{event[\'f\']} /tmp/x"', "process"),
    ("ruby", "File.read(\"/tmp/#{event['name']}\")", "path"),
    ("ruby", "db.execute(\"select * from t where id = #{event['id']}\")", "sql"),
    ("dotnet", 'Process.Start("sh", "-c " + event1.Cmd);', "process"),
    ("dotnet", "var s = event1.Body; new BinaryFormatter().Deserialize(new MemoryStream(s));", "deserialisation"),
    ("dotnet", 'var c = new SqlCommand("select * from t where id = " + event1.Id, conn);', "sql"),
    ("dotnet", 'return File.ReadAllText("/tmp/" + event1.Name);', "path"),
    ("php", "exec('ls ' . $event['dir']);", "process"),
    ("php", "$x = base64_decode($event['b']); unserialize($x);", "deserialisation"),
    ("php", "$pdo->query(\"select * from t where id = {$event['id']}\");", "sql"),
    ("php", "include $event['page'];", "path"),
    ("php", "$a = `ls {$event['d']}`;", "process"),
    ("php", "eval($event['c']);", "code-evaluation"),
    ("php", "file_get_contents('/tmp/' . $_GET['f']);", "path"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "body", "kind"), FOUND)
def test_event_data_in_dangerous_calls(language: str, body: str, kind: str) -> None:
    found = flows(read(language, body))
    assert [(k, c) for k, _, c in found] == [(kind, "medium")], found


QUIET = [
    ("java", 'Runtime.getRuntime().exec("ls /tmp");'),
    ("java", 'int n = Integer.parseInt(event.get("n")); stmt.executeQuery("select " + n);'),
    ("java", 'PreparedStatement s = conn.prepareStatement("select ?"); s.setString(1, event.get("id")); s.executeQuery();'),
    ("java", 'String d = event.get("d"); d = "fixed"; Runtime.getRuntime().exec(d);'),
    ("java", 'log(event.get("x")); Runtime.getRuntime().exec(context.getFunctionName());'),
    ("go", 'exec.Command("ls", "/tmp").Run()'),
    ("go", 'db.Query("select * from t where id = $1", event.Id)'),
    ("go", 'os.ReadFile("/tmp/" + filepath.Base(event.Name))'),
    ("go", 'n, _ := strconv.Atoi(event.Id)\n db.Query(fmt.Sprintf("select %d", n))'),
    ("ruby", "system('ls', '/tmp')"),
    ("ruby", "`ls #{Shellwords.escape(event['d'])}`"),
    ("ruby", "db.execute(\"select #{event['id'].to_i}\")"),
    ("ruby", "YAML.safe_load(event['y'])"),
    ("ruby", "puts event['x']"),
    ("dotnet", 'Process.Start("ls");'),
    ("dotnet", 'var id = int.Parse(event1.Id); var c = new SqlCommand("select " + id, conn);'),
    ("dotnet", 'var c = new SqlCommand("select * from t where id = @id", conn); c.Parameters.AddWithValue("@id", event1.Id);'),
    ("php", "exec('ls ' . escapeshellarg($event['d']));"),
    ("php", "$s = $pdo->prepare('select * from t where id = ?'); $s->execute([$event['id']]);"),
    ("php", "include __DIR__ . '/x.php';"),
    ("php", "$n = intval($event['n']); exec(\"head -n $n /tmp/x\");"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "body"), QUIET)
def test_quiet_code(language: str, body: str) -> None:
    assert flows(read(language, body)) == []


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("java", 'PreparedStatement p = c.prepareStatement("select ?"); p.setString(1, event.get("a")); p.executeQuery();'),
        ("java", 'new ProcessBuilder("ls", event.get("d")).start();'),
        ("go", 'exec.Command("git", "log", "--", event.Path).Run(); return "", nil'),
        ("go", 'exec.CommandContext(ctx, "convert", event.Path).Run(); return "", nil'),
        ("ruby", "system('ls', '-l', event['d'])"),
        ("ruby", "User.where(name: event['n'])"),
        ("dotnet", "JsonConvert.DeserializeObject<Order>(event1.Body);"),
        ("php", "return unserialize($event['s'], ['allowed_classes' => false]);"),
    ],
)
def test_arguments_that_no_shell_or_parser_reads(language: str, body: str) -> None:
    assert flows(read(language, body)) == []


@pytest.mark.parametrize(
    ("language", "line", "told"),
    [
        ("go", "cfg := &tls.Config{InsecureSkipVerify: true}", True),
        ("go", "cfg := &tls.Config{InsecureSkipVerify: false}", False),
        ("go", "// InsecureSkipVerify: true is never used", False),
        ("ruby", "http.verify_mode = OpenSSL::SSL::VERIFY_NONE", True),
        ("ruby", "http.verify_mode = OpenSSL::SSL::VERIFY_PEER # not VERIFY_NONE", False),
        ("php", "curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false);", True),
        ("php", "$client = new Client(['verify' => '/etc/ca.pem']);", False),
        ("dotnet", "h.ServerCertificateCustomValidationCallback = (a, b, c, d) => true;", True),
        ("dotnet", "h.ServerCertificateCustomValidationCallback = (a, b, c, d) => Check(b);", False),
        ("java", "b.setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE);", True),
    ],
)
def test_certificates_that_are_not_checked(language: str, line: str, told: bool) -> None:
    assert [i.kind for i in read(language, line).issues] == (["tls-verification-off"] if told else [])


@pytest.mark.parametrize(
    ("language", "body", "rest"),
    [
        (
            "java",
            'run("x", event.get("c"));',
            "void run(String a, String b) { go(b); } void go(String z) { Runtime.getRuntime().exec(z); }",
        ),
        ("go", "run(event.C)", 'func run(c string) { inner(c) }\nfunc inner(d string) { exec.Command("sh", "-c", d).Run() }'),
        ("ruby", "run(event['c'])", "def run(c)\n inner(c)\nend\ndef inner(d)\n system(d)\nend"),
        ("dotnet", "Run(event1.C);", 'void Run(string c) { Inner(c); } void Inner(string d) { Process.Start("sh", d); }'),
        ("php", "run($event['c']);", "function run($c) { inner($c); }\nfunction inner($d) { system($d); }"),
    ],
)
def test_data_are_followed_into_own_functions_with_less_confidence(language: str, body: str, rest: str) -> None:
    assert [(k, c) for k, _, c in flows(read(language, body, rest))] == [("process", "low")]
    assert flows(read(language, "1;" if language != "ruby" else "1", rest)) == []


def test_dangerous_formats_without_event_data_are_patterns() -> None:
    found = read("java", "Object o = new ObjectInputStream(cacheStream).readObject();")
    assert [(f.kind, f.constant, f.confidence, f.label) for f in found.flows] == [("deserialisation", True, "low", "")]


def test_places_and_notes() -> None:
    (flow,) = read("php", "\n  exec($event['c']);").flows
    assert (flow.where.source, flow.where.subject, flow.where.line, flow.where.column) == ("/var/task/index.php", FN, 5, 3)
    assert "without types" in flow.note


def test_deep_nesting_and_many_files_end() -> None:
    found = read("java", "int x = " + "(" * 5000 + "1" + ")" * 5000 + ";")
    assert found.flows == []
    sources = [(f"/var/task/f{n}.rb", FN, b"def handler(event:, context:)\nend\n") for n in range(250)]
    assert read_source(sources, BY_NAME["ruby"], "").limits == ["only the first 200 of 250 ruby files were looked at"]


@given(st.sampled_from(FOUND), st.integers(0, 400), st.text(alphabet="(){}[];\"'`$#\\\n=.,event<>", max_size=30))
@settings(max_examples=150, deadline=None)
def test_broken_source_raises_nothing(case: tuple[str, str, str], at: int, noise: str) -> None:
    language, body, _ = case
    handler, shape = WRAP[language]
    text = shape.format(body, "")
    read_source([("/var/task/x", FN, (text[:at] + noise + text[at:]).encode())], BY_NAME[language], handler)
