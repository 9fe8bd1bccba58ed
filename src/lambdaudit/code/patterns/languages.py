"""How the languages differ for the reader by names: node types of their grammars, dangerous calls, what makes data harmless.

A dangerous call is written as (kind of harm, pattern of the called name, index of the argument that matters or None for all). The
called name is the chain of names with dots (``Runtime.getRuntime.exec``), ``new Type`` for constructors.
"""

import re
from dataclasses import dataclass, field

Sink = tuple[str, re.Pattern[str], int | None]


@dataclass(frozen=True, slots=True)
class Language:
    """One language: grammar module and function, suffixes, node types by meaning, sinks, sanitisers, sources.

    `calls` maps a node type to its fields (receiver, name, arguments); empty where there is none. `assigns` maps a node type to
    its fields (target, value). `specials` are nodes that are dangerous by themselves, with their kind and name.
    """

    name: str
    grammar: tuple[str, str]
    suffixes: tuple[str, ...]
    scopes: tuple[str, ...]
    parameters: tuple[str, ...]
    calls: dict[str, tuple[str, str, str]]
    assigns: dict[str, tuple[str, str]]
    identifiers: tuple[str, ...]
    sinks: tuple[Sink, ...]
    harmless: re.Pattern[str]
    specials: dict[str, tuple[str, str]]
    entries: re.Pattern[str]
    sources: re.Pattern[str] | None = None
    separate: re.Pattern[str] | None = None
    """Calls that start a program with its arguments apart: what reaches only these is in no shell."""
    only: dict[str, re.Pattern[str]] = field(default_factory=dict)
    """By the last name of a call: what must stand in its arguments to make it dangerous."""
    never: dict[str, re.Pattern[str]] = field(default_factory=dict)
    """By the last name of a call: what in its arguments makes it harmless."""
    unverified: re.Pattern[str] | None = None
    """Settings by which certificates are not checked."""
    context: re.Pattern[str] = re.compile(r"(?i)\bcontext\b|ILambdaContext|LambdaLogger|CancellationToken")


def _sinks(*rows: tuple[str, str, int | None]) -> tuple[Sink, ...]:
    return tuple((kind, re.compile(pattern), index) for kind, pattern, index in rows)


JAVA = Language(
    name="java",
    grammar=("tree_sitter_java", "language"),
    suffixes=(".java",),
    scopes=("method_declaration", "constructor_declaration", "lambda_expression"),
    parameters=("formal_parameter", "spread_parameter", "inferred_parameters"),
    calls={
        "method_invocation": ("object", "name", "arguments"),
        "object_creation_expression": ("", "type", "arguments"),
    },
    assigns={
        "variable_declarator": ("name", "value"), "assignment_expression": ("left", "right"),
        "enhanced_for_statement": ("name", "value"),
    },
    identifiers=("identifier",),
    sinks=_sinks(
        ("deserialisation", r"^new (?:\w+\.)*ObjectInputStream$|^new (?:\w+\.)*XMLDecoder$", 0),
        ("deserialisation", r"(?i)\bxstream\.fromXML$|\bnew Yaml\.load(?:All)?$|^yaml\.load(?:All|As)?$"
                            r"|\bSerializationUtils\.deserialize$", 0),
        ("deserialisation", r"(?i)kryo\.(?:readObject|readClassAndObject)$|HessianInput\.readObject$", None),
        ("process", r"\bRuntime\.getRuntime\.exec$|\bruntime\.exec$|^new (?:\w+\.)*ProcessBuilder$"
                    r"|(?i:processBuilder)\.command$", None),
        ("code-evaluation", r"(?i)engine\.eval$|\bGroovyShell\.(?:evaluate|parse)$|\bparseExpression$"
                            r"|\bOgnl\.getValue$|\bMVEL\.eval$", 0),
        ("code-evaluation", r"(?i)\b(?:initial)?context\.lookup$|\bctx\.lookup$|\bInitialContext\.doLookup$", 0),
        ("sql", r"(?i)\b\w*(?:statement|stmt)\.execute$|\.(?:executeQuery|executeUpdate|executeLargeUpdate|addBatch)$"
                r"|\bprepareStatement$"
                r"|\bjdbcTemplate\.\w+$"
                r"|\bcreateNativeQuery$|\bcreateQuery$", 0),
        ("path", r"^new (?:\w+\.)*(?:File|FileInputStream|FileOutputStream|FileReader|FileWriter|RandomAccessFile)$"
                 r"|^Paths\.get$|^Path\.of$",
         None),
        ("request", r"^new (?:\w+\.)*URL$|^URI\.create$|^new (?:\w+\.)*HttpGet$|\brestTemplate\.\w+$", 0),
        ("xml", r"(?i)\b(?:new)?(?:documentBuilder|builder|saxParser|xmlReader)\.parse$|\bcreateXML(?:Stream|Event)Reader$", 0),
    ),
    harmless=re.compile(r"\b(?:parse(?:Int|Long|Double|Boolean)|valueOf|getFileName|UUID\.fromString|encode|size"
                        r"|length|hashCode|equals|contains"
                        r"|startsWith|endsWith|isEmpty)$"),
    specials={},
    entries=re.compile(r"^(?:handleRequest|handle|handler|apply|accept)$"),
    separate=re.compile(r"^new (?:\w+\.)*ProcessBuilder$"),
    unverified=re.compile(r"\b(?:NoopHostnameVerifier|ALLOW_ALL_HOSTNAME_VERIFIER|TrustAllStrategy|InsecureTrustManagerFactory)\b"),
)  # fmt: skip
GO = Language(
    name="go",
    grammar=("tree_sitter_go", "language"),
    suffixes=(".go",),
    scopes=("function_declaration", "method_declaration", "func_literal"),
    parameters=("parameter_declaration", "variadic_parameter_declaration"),
    calls={"call_expression": ("", "function", "arguments")},
    assigns={
        "short_var_declaration": ("left", "right"), "assignment_statement": ("left", "right"), "var_spec": ("name", "value"),
        "range_clause": ("left", "right"),
    },
    identifiers=("identifier",),
    sinks=_sinks(
        ("process", r"^exec\.Command(?:Context)?$|^syscall\.Exec$|^os\.StartProcess$", None),
        ("sql", r"(?i)\b(?:\w*db|tx|conn|pool|stmt)\.(?:Query|QueryRow|Exec|Prepare|Raw|Queryx|Select|Get)$", 0),
        ("sql", r"(?i)\b(?:\w*db|tx|conn|pool)\.(?:Query|QueryRow|Exec|Prepare)Context$|\b(?:conn|pool|tx)\.(?:Query"
                r"|Exec|QueryRow)$", 1),
        ("path", r"^os\.(?:Open|OpenFile|Create|ReadFile|WriteFile|Remove|RemoveAll|ReadDir)$|^ioutil\.(?:ReadFile"
                 r"|WriteFile)$|^http\.ServeFile$",
         None),
        ("request", r"^http\.(?:Get|Post|PostForm|Head)$", 0),
        ("request", r"^http\.NewRequest(?:WithContext)?$", None),
        ("template", r"^template\.New\.Parse$|\btmpl\.Parse$", 0),
        ("html", r"^template\.(?:HTML|JS|URL)$", 0),
        ("deserialisation", r"^gob\.NewDecoder$", 0),
        ("code-evaluation", r"^plugin\.Open$|\bvm\.RunString$|^goja\.\w+\.RunString$", 0),
    ),
    harmless=re.compile(r"^(?:strconv\.\w+|filepath\.Base|path\.Base|len|uuid\.Parse|url\.(?:Query|Path)Escape"
                        r"|errors\.\w+|html\.EscapeString)$"
                        r"|\.(?:Unix|Len)$"),
    specials={},
    entries=re.compile(r"^(?:HandleRequest|handleRequest|Handler|handler|handle|Handle|HandleLambdaEvent)$"),
    separate=re.compile(r"^exec\.Command(?:Context)?$"),
    unverified=re.compile(r"\bInsecureSkipVerify\s*[:=]\s*true\b"),
)  # fmt: skip
RUBY = Language(
    name="ruby",
    grammar=("tree_sitter_ruby", "language"),
    suffixes=(".rb",),
    scopes=("method", "singleton_method", "do_block", "block"),
    parameters=("method_parameters", "block_parameters"),
    calls={"call": ("receiver", "method", "arguments")},
    assigns={"assignment": ("left", "right"), "operator_assignment": ("left", "right")},
    identifiers=("identifier", "instance_variable"),
    sinks=_sinks(
        ("deserialisation", r"^Marshal\.(?:load|restore)$|^YAML\.(?:unsafe_load|load|unsafe_load_file)$|^Oj\.(?:load"
                            r"|object_load)$|^Ox\.parse_obj$", 0),
        ("code-evaluation", r"^(?:eval|instance_eval|class_eval|module_eval)$|\.(?:instance_eval|class_eval"
                            r"|module_eval)$|\.constantize$|^Object\.const_get$", 0),
        ("code-evaluation", r"^(?:send|public_send|__send__)$|\.(?:send|public_send|__send__)$", 0),
        ("process", r"^(?:system|exec|spawn)$|^Kernel\.(?:system|exec|spawn)$|^IO\.popen$|^Open3\.\w+$|^PTY\.spawn$"
                    r"|^Process\.spawn$", None),
        ("process", r"^open$|^Kernel\.open$|^URI\.open$", 0),
        ("sql", r"\.(?:execute|exec|exec_params|query|select_all|find_by_sql|exec_query|where|order|joins)$", 0),
        ("path", r"^File\.(?:open|read|write|readlines|new|delete|binread)$|^IO\.(?:read|write|readlines)$"
                 r"|^FileUtils\.\w+$|^Dir\.(?:glob|entries)$", None),
        ("template", r"^ERB\.new$|^Liquid::Template\.parse$|^Haml::Engine\.new$|^Slim::Template\.new$", 0),
        ("request", r"^Net::HTTP\.(?:get|get_response|post|post_form)$|^HTTParty\.\w+$|^Faraday\.(?:get|post)$"
                    r"|^RestClient\.\w+$", 0),
    ),
    harmless=re.compile(r"\.(?:to_i|to_f|shellescape|to_sym|length|size|nil\?|empty\?|include\?|quote|sanitize_sql\w*"
                        r"|escape|key\?)$"
                        r"|^(?:Integer|Float|Shellwords\.escape|Shellwords\.shellescape|File\.basename|CGI\.escape"
                        r"|ERB::Util\.\w+|Digest::\S+)$"),
    specials={"subshell": ("process", "backquotes")},
    entries=re.compile(r"^(?:handler|lambda_handler|process|handle|call)$"),
    sources=re.compile(r"^params$"),
    separate=re.compile(r"^(?:Kernel\.|Process\.)?(?:system|exec|spawn)$|^Open3\.\w+$"),
    unverified=re.compile(r"\bVERIFY_NONE\b|\bverify(?:_ssl)?:\s*false\b"),
)  # fmt: skip
CSHARP = Language(
    name="dotnet",
    grammar=("tree_sitter_c_sharp", "language"),
    suffixes=(".cs",),
    scopes=("method_declaration", "local_function_statement", "lambda_expression", "constructor_declaration"),
    parameters=("parameter",),
    calls={
        "invocation_expression": ("", "function", "arguments"),
        "object_creation_expression": ("", "type", "arguments"),
    },
    assigns={
        "variable_declarator": ("name", ""), "assignment_expression": ("left", "right"), "foreach_statement": ("left", "right"),
    },
    identifiers=("identifier",),
    sinks=_sinks(
        ("deserialisation", r"(?i)(?:BinaryFormatter|formatter|LosFormatter|ObjectStateFormatter|SoapFormatter"
                            r"|NetDataContractSerializer)"
                            r"\.(?:Deserialize|ReadObject|UnsafeDeserialize)$", 0),
        ("deserialisation", r"\bJsonConvert\.DeserializeObject$", None),
        ("process", r"^(?:\w+\.)*Process\.Start$|^new (?:\w+\.)*ProcessStartInfo$", None),
        ("code-evaluation", r"\bCSharpScript\.(?:EvaluateAsync|RunAsync|Create)$|\bAssembly\.Load(?:From|File)?$"
                            r"|\bType\.GetType$|\bActivator\.CreateInstance$", 0),
        ("sql", r"^new (?:\w+\.)*(?:Sql|Npgsql|MySql|Sqlite|Oracle|OleDb|Odbc)Command$|\.(?:FromSqlRaw"
                r"|ExecuteSqlRaw(?:Async)?|SqlQueryRaw)$"
                r"|\b(?:conn|connection|db|_connection|_db)\.(?:Query|Execute|QueryFirst|ExecuteScalar)\w*$", 0),
        ("path", r"^(?:\w+\.)*File\.(?:Open|OpenRead|OpenText|ReadAll\w+|WriteAll\w+|Delete|Create)$"
                 r"|^new (?:\w+\.)*(?:FileStream|StreamReader|StreamWriter)$", 0),
        ("request", r"(?i)\b_?(?:http)?client\.(?:Get|Post|Put|Send|Delete)\w*Async$|^WebRequest\.Create$", 0),
        ("xml", r"(?i)\b\w*(?:doc|document|xml)\w*\.LoadXml$|^XmlReader\.Create$", 0),
        ("ldap", r"^new (?:\w+\.)*DirectorySearcher$", None),
    ),
    harmless=re.compile(r"(?:\b(?:int|long|double|Guid|Int32|Int64|Enum|DateTime)\.(?:Parse|TryParse)"
                        r"|Path\.GetFileName|Convert\.To(?:Int32|Int64|Double)"
                        r"|\.(?:Length|Count|Equals|Contains|StartsWith)|Uri\.EscapeDataString|HtmlEncode)$"),
    specials={},
    entries=re.compile(r"^(?:FunctionHandler(?:Async)?|Handler|Handle|HandleAsync)$"),
    only={"DeserializeObject": re.compile(r"\bTypeNameHandling\.(?:All|Auto|Objects|Arrays)\b")},
    unverified=re.compile(
        r"\bDangerousAcceptAnyServerCertificateValidator\b"
        r"|\bServerCertificate(?:Custom)?ValidationCallback\s*\+?=\s*(?:delegate\s*)?\([^)]{0,200}\)\s*(?:=>\s*true|\{\s*return\s+true)"
    ),
)  # fmt: skip
PHP = Language(
    name="php",
    grammar=("tree_sitter_php", "language_php"),
    suffixes=(".php",),
    scopes=("function_definition", "method_declaration", "anonymous_function", "arrow_function"),
    parameters=("simple_parameter", "variadic_parameter"),
    calls={
        "function_call_expression": ("", "function", "arguments"),
        "member_call_expression": ("object", "name", "arguments"),
        "nullsafe_member_call_expression": ("object", "name", "arguments"),
        "scoped_call_expression": ("scope", "name", "arguments"),
        "object_creation_expression": ("", "", "arguments"),
    },
    assigns={"assignment_expression": ("left", "right"), "augmented_assignment_expression": ("left", "right")},
    identifiers=("variable_name",),
    sinks=_sinks(
        ("deserialisation", r"^\\?unserialize$|^yaml_parse$|^igbinary_unserialize$", 0),
        ("code-evaluation", r"^\\?(?:eval|assert|create_function)$|^preg_replace_callback_array$", 0),
        ("code-evaluation", r"^\\?(?:call_user_func|call_user_func_array)$", 0),
        ("process", r"^\\?(?:exec|system|shell_exec|passthru|popen|proc_open|pcntl_exec|mail)$"
                    r"|\bProcess\.fromShellCommandline$", 0),
        ("sql", r"^\\?(?:mysqli_query|pg_query|mysql_query|sqlite_query)$", 1),
        ("sql", r"\.(?:query|exec|prepare|executeQuery|executeStatement|whereRaw|selectRaw|orderByRaw|havingRaw)$"
                r"|^DB\.(?:select|raw|statement|unprepared)$", 0),
        ("path", r"^\\?(?:fopen|file_get_contents|file_put_contents|readfile|unlink|file|copy|rename"
                 r"|move_uploaded_file|SplFileObject)$", None),
        ("request", r"^\\?curl_init$|\bclient\.(?:get|post|request)$", 0),
        ("xml", r"^\\?simplexml_load_string$|\.loadXML$", 0),
        ("html", r"^\\?printf$", None),
        ("ldap", r"^\\?ldap_search$", None),
    ),
    harmless=re.compile(r"^\\?(?:intval|floatval|boolval|count|strlen|escapeshellarg|escapeshellcmd|htmlspecialchars"
                        r"|htmlentities|basename"
                        r"|urlencode|rawurlencode|json_encode|md5|sha1|hash|isset|empty|is_\w+|in_array|filter_var"
                        r"|mysqli_real_escape_string"
                        r"|pg_escape_\w+|ctype_\w+|preg_quote)$|\.(?:quote|real_escape_string)$"),
    specials={
        "shell_command_expression": ("process", "backquotes"),
        "include_expression": ("path", "include"), "include_once_expression": ("path", "include_once"),
        "require_expression": ("path", "require"), "require_once_expression": ("path", "require_once"),
        "eval_expression": ("code-evaluation", "eval"),
    },
    entries=re.compile(r"^(?:handle(?:\w+)?|__invoke|handler)$"),
    never={"unserialize": re.compile(r"(?i)allowed_classes['\"]\s*=>\s*false")},
    unverified=re.compile(r"(?i)\bCURLOPT_SSL_VERIFYPEER\s*(?:,|=>)\s*(?:false|0)\b|['\"]verify(?:_peer)?['\"]\s*=>\s*false\b"),
    sources=re.compile(r"^\$(?:_GET|_POST|_REQUEST|_COOKIE|_FILES|argv)$"),
)  # fmt: skip
LANGUAGES = (JAVA, GO, RUBY, CSHARP, PHP)
