"""Secrets in source and configuration files."""

import pytest

from lambdaudit.secrets import Hit, scan_text

from .secret_cases import build

TOKEN = build("⟦ghsum ghp⟧", "scan")
PASSWORD = "Tr0ub4dor&3-horse"


def scan(text: str, path: str = "src/app.py") -> list[Hit]:
    return list(scan_text(text, path=path))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", f'password = "{PASSWORD}"'),
        ("app.py", f"DB_PASSWORD: str = '{PASSWORD}'"),
        ("app.py", f'os.environ["DB_PASSWORD"] = "{PASSWORD}"'),
        ("app.py", f'os.environ.get("DB_PASSWORD", "{PASSWORD}")'),
        ("app.py", f'config("DB_PASSWORD", default="{PASSWORD}")'),
        ("app.py", f'connect(host="db", user="app", password="{PASSWORD}")'),
        ("app.py", f'config = {{"db": {{"password": "{PASSWORD}"}}}}'),
        ("app.py", f'conn = "Server=db;User ID=app;Password={PASSWORD};"'),
        ("app.py", f'if password == "{PASSWORD}":'),
        ("app.js", f'const dbPassword = "{PASSWORD}";'),
        ("app.js", f"process.env.DB_PASSWORD || '{PASSWORD}'"),
        ("app.js", f"process.env.DB_PASSWORD ?? `{PASSWORD}`"),
        ("bundle.js", f'a.createPool({{host:h,user:"x",password:"{PASSWORD}",database:d}})'),
        ("App.java", f'private static final String PASSWORD = "{PASSWORD}";'),
        ("App.java", f'properties.setProperty("db.password", "{PASSWORD}");'),
        ("main.go", f'Password: "{PASSWORD}",'),
        ("app.rb", f"password: '{PASSWORD}'"),
        ("app.php", f"'password' => '{PASSWORD}',"),
        (".env", f"DB_PASSWORD={PASSWORD}"),
        ("conf/app.yaml", f"db:\n  password: {PASSWORD}\n"),
        ("app.properties", f"spring.datasource.password={PASSWORD}"),
        ("web.config", f'<add key="DbPassword" value="{PASSWORD}" />'),
        ("settings.xml", f"<server><password>{PASSWORD}</password></server>"),
        ("run.sh", f"mysql --user app --password={PASSWORD} orders"),
        ("template.yaml", f'      DB_PASSWORD: "{PASSWORD}"'),
        ("main.tf", f'  password = "{PASSWORD}"'),
        ("notebook.ipynb", f'"source": ["password = \\"{PASSWORD}\\"\\n"]'),
    ],
)
def test_assignments_of_many_languages(path: str, text: str) -> None:
    hits = scan(text, path)
    assert len(hits) == 1
    assert text[hits[0].start : hits[0].end] == PASSWORD


def test_line_and_column_and_span() -> None:
    text = f'import os\n\n  key = "{TOKEN}"  # deploy\n'
    (hit,) = scan(text)
    assert (hit.line, hit.column, hit.kind, hit.confidence) == (3, 10, "github-token", "high")
    assert text[hit.start : hit.end] == TOKEN
    assert TOKEN not in str(hit)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", 'password = os.environ["DB_PASSWORD"]'),
        ("app.py", "password = get_secret('prod/orders/db')['password']"),
        ("app.py", 'PASSWORD = "password"'),
        ("app.py", 'SECRET_NAME = "prod/orders/db"'),
        ("app.py", 'parser.add_argument("--password", help="the database password")'),
        ("app.py", 'raise ValueError("password: must be longer than 12 characters")'),
        ("app.py", "token = request.headers['x-token']"),
        ("app.py", 'API_KEY = "<your-api-key>"'),
        ("app.py", 'url = f"postgres://{user}:{password}@{host}/db"'),
        ("app.js", 'const password = process.env.PASSWORD || ""'),
        ("app.js", "const token = `${header}.${body}`"),
        ("app.js", 'grant_type: "password", token_type: "Bearer"'),
        ("form.html", '<input type="password" name="password" placeholder="Your password">'),
        ("i18n/en.json", '{"password": "Password", "forgotPassword": "Forgot your password?"}'),
        ("app.yaml", "password: ${DB_PASSWORD}"),
        ("app.yaml", "passwordSecretName: orders-db"),
        ("docker.yml", "DB_PASSWORD: ${{ secrets.DB_PASSWORD }}"),
        ("main.tf", "  password = var.db_password"),
        ("main.tf", "  password = random_password.db.result"),
        ("template.yaml", '  MasterUserPassword: !Sub "{{resolve:secretsmanager:${Secret}:SecretString:password}}"'),
        ("app.deps.json", '"AWSSDK.SecretsManager/3.7.302.29": {"sha512": "sha512-q83nq4' + "Zw" * 40 + '=="}'),
        ("package-lock.json", '"node_modules/js-tokens": {"integrity": "sha512-' + "aB3" * 28 + '=="}'),
    ],
)
def test_quiet_code(path: str, text: str) -> None:
    assert [(hit.kind, hit.name) for hit in scan(text, path)] == []


def test_hits_in_tests_are_less_sure() -> None:
    text = f'key = "{TOKEN}"'
    assert [hit.confidence for hit in scan(text, "tests/test_app.py")] == ["medium"]


def test_minified_line_and_crossing_hits() -> None:
    text = "var a=1;" * 20000 + f'b="https://x-access-token:{TOKEN}@github.com/a/b.git"' + ";c()" * 20000
    hits = scan(text, "bundle.js")
    assert [hit.kind for hit in hits] == ["github-token"]


def test_limits() -> None:
    text = "\n".join(f'password{i} = "{PASSWORD}{i}"' for i in range(300))
    assert len(scan(text)) == 200
    assert len(list(scan_text(text, path="a.py", most=3))) == 3
    assert len(list(scan_text(text, path="a.py", limit=70))) == 2


def test_private_key_block_is_one_hit() -> None:
    pem = build("⟦pem RSA PRIVATE KEY⟧", "pem")
    text = f'KEY = """{pem}"""\n'
    (hit,) = scan(text)
    assert (hit.kind, text[hit.start : hit.end]) == ("private-key", pem)
    assert scan(build("⟦pem CERTIFICATE⟧", "pem"), "ca.pem") == []


def test_a_piece_of_a_secret_is_never_reported_as_a_name() -> None:
    chunk = build("⟦b62 12⟧Key⟦b62 20⟧Token", "name")
    hits = scan(f"{chunk}=\nsecret123abcXYZ", "app.env")
    assert all(chunk not in str(hit) for hit in hits)
