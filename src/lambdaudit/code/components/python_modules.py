"""Import names of widely used Python packages, with the name of the distribution that brings them."""

_SAME = """
aiobotocore aiofiles aiohttp aioredis alembic anyio arrow asgiref asn1crypto asyncpg backoff bcrypt bleach boto boto3 botocore
bottle cachetools celery certifi chalice chardet click cloudpickle colorama configparser cryptography dateparser defusedxml
dill django dnspython docutils ecdsa elasticsearch et_xmlfile falcon faker fastapi fastavro feedparser filelock flask fsspec
future geojson gevent greenlet grpc gunicorn h11 h2 hpack html2text html5lib httpcore httplib2 httptools httpx humanize
hyperframe idna imageio importlib_metadata importlib_resources invoke isodate isort itsdangerous jmespath joblib jsonpatch
jsonpath_ng jsonpickle jsonpointer jsonschema keyring kombu langchain loguru lxml lz4 mako mangum markdown markupsafe
marshmallow matplotlib mistune more_itertools msgpack multidict mysqlclient networkx ninja nltk numpy oauthlib openai
openpyxl opensearchpy orjson oscrypto packaging pandas paramiko passlib pendulum phonenumbers pip platformdirs ply polars
portalocker prettytable prompt_toolkit psutil psycopg psycopg2 py pyarrow pyasn1 pyasn1_modules pycparser pycurl pydantic
pydantic_core pydash pygments pymongo pymysql pyparsing pypdf pyrsistent pysftp pytest pytz pyxlsb ratelimit redis
regex reportlab requests requests_aws4auth requests_oauthlib requests_toolbelt retrying rich rsa ruamel s3fs s3transfer
scipy scrapy sentry_sdk setuptools simplejson six slack_sdk sniffio snowflake soupsieve sqlalchemy sqlparse starlette
stripe tabulate tblib tenacity termcolor tiktoken toml tomli tomlkit tornado tqdm transformers twilio typer typing_extensions
tzlocal ujson urllib3 uvicorn validators vine watchdog webencodings websocket websockets werkzeug wheel wrapt wsgiref
xlrd xlsxwriter xlwt xmltodict yarl zipp zstandard zeep
"""
_OTHER = {
    "yaml": "PyYAML", "jwt": "PyJWT", "PIL": "Pillow", "bs4": "beautifulsoup4", "sklearn": "scikit-learn", "cv2": "opencv-python",
    "Crypto": "pycryptodome", "Cryptodome": "pycryptodomex", "OpenSSL": "pyOpenSSL", "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "jose": "python-jose", "magic": "python-magic", "docx": "python-docx", "pptx": "python-pptx", "attr": "attrs",
    "jinja2": "Jinja2",
    "grpc": "grpcio", "dns": "dnspython", "mysql": "mysql-connector-python", "MySQLdb": "mysqlclient",
    "pkg_resources": "setuptools",
    "websocket": "websocket-client", "ruamel": "ruamel.yaml", "aws_xray_sdk": "aws-xray-sdk",
    "aws_lambda_powertools": "aws-lambda-powertools",
    "awslambdaric": "awslambdaric", "markdown": "Markdown", "PyPDF2": "PyPDF2", "pyodbc": "pyodbc", "ldap": "python-ldap",
    "ldap3": "ldap3", "nacl": "PyNaCl", "jks": "pyjks", "slugify": "python-slugify", "multipart": "python-multipart",
    "git": "GitPython",
    "github": "PyGithub", "google_auth_httplib2": "google-auth-httplib2", "engineio": "python-engineio",
    "socketio": "python-socketio",
    "memcache": "python-memcached", "flask_cors": "Flask-Cors", "serverless_wsgi": "serverless-wsgi", "apig_wsgi": "apig-wsgi",
    "ddtrace": "ddtrace", "datadog_lambda": "datadog-lambda", "newrelic": "newrelic", "charset_normalizer": "charset-normalizer",
    "_cffi_backend": "cffi", "cffi": "cffi", "js2py": "Js2Py", "pysaml2": "pysaml2", "saml2": "pysaml2", "mako": "Mako",
    "pythonjsonlogger": "python-json-logger",
    "jsonpath_ng": "jsonpath-ng", "typing_extensions": "typing-extensions", "requests_aws4auth": "requests-aws4auth",
    "opensearchpy": "opensearch-py", "prompt_toolkit": "prompt-toolkit", "sentry_sdk": "sentry-sdk",
    "snowflake": "snowflake-connector-python",
    "xlsxwriter": "XlsxWriter", "pygments": "Pygments", "tornado": "tornado", "django": "Django", "flask": "Flask",
    "werkzeug": "Werkzeug", "sqlalchemy": "SQLAlchemy",
    "pymysql": "PyMySQL", "faker": "Faker", "bottle": "bottle", "markupsafe": "MarkupSafe",
}  # fmt: skip
_NOT_BY_NAME = {"py", "future", "git", "magic", "multipart", "snowflake", "mysql", "google", "wsgiref", "invoke", "configparser"}
"""Names that own modules have just as often."""

MODULES: dict[str, str] = {
    module: name
    for module, name in ({m: m.replace("_", "-") for m in _SAME.split()} | _OTHER).items()
    if module not in _NOT_BY_NAME
}
"""Distribution by import name."""
