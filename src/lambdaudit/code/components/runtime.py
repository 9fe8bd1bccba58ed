"""What a managed runtime brings by itself: it is there without being in the package, in a version that AWS decides."""

import re


def provided_by(runtime: str) -> tuple[tuple[str, str], ...]:
    """(ecosystem, name) of the SDK packages that a managed runtime brings. Empty for the others (``provided.al2023``, Java …).

    Their versions are not told by the configuration and change when AWS updates the runtime, so none is invented here.
    See "Lambda runtimes" in AWS's developer guide, per language.
    """
    if runtime.startswith("python"):
        return (("PyPI", "boto3"), ("PyPI", "botocore"), ("PyPI", "s3transfer"), ("PyPI", "jmespath"), ("PyPI", "urllib3"))
    if runtime.startswith("nodejs"):
        major = re.match(r"nodejs([0-9]+)", runtime)
        return (("npm", "@aws-sdk/*"),) if major and int(major[1]) >= 18 else (("npm", "aws-sdk"),)
    if runtime.startswith("ruby"):
        return (("RubyGems", "aws-sdk"),)
    return ()
