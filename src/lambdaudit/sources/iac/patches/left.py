"""Which findings a template cannot mend by a value that fits every application, and why: by rule."""

from typing import Final

_REASONS: Final[dict[str, str]] = {
    "the author knows who may call, read, send or sign; a guess would lock the right ones out, or let the wrong ones in": """
        api-cross-account authorizer-foreign bucket-cross-account code-signing-trusts-other-account cors-trusts-plain-http
        event-bus-public function-cross-account function-public image-repository-public jwt-without-audience key-grant-foreign
        key-public layer-cross-account layer-public private-api-open queue-public resource-confused-deputy resource-cross-account
        role-trusts-anyone role-trusts-other-account route-without-authorization secret-public stream-public table-cross-account
        table-public token-route-without-scope topic-public version-open-to-callers""",
    "what a role needs is for its author to say": """
        call-not-granted function-cannot-log permission-never-called role-administrator role-allows-by-exclusion
        role-can-erase-logs role-can-escalate role-invokes-all-functions role-reads-all-secrets role-shared
        role-shared-with-other-services role-whole-service file-system-shared-across-roles""",
    "the secret must move elsewhere and be changed; there is no value to set": """
        environment-aws-key environment-secret environment-secret-in-old-version environment-secret-shared parameter-plain-secret
        output-discloses-secret private-key-in-package secret-in-code secret-in-image-configuration secret-in-repository-file
        secret-in-state-file secret-in-template stage-variable-secret""",
    "rotation needs a function that changes the secret": """
        secret-not-rotated secret-rotation-fails secret-rotation-function-gone""",
    "it must be known what the target, source or loop was meant to be": """
        bucket-triggers-itself dead-letter-gone destination-foreign environment-names-missing-bucket event-source-foreign
        event-source-gone function-role-gone layer-gone log-group-feeds-strangers log-group-triggers-its-function
        rule-matches-everything rule-target-foreign stream-mapping-drops-failures table-stream-feeds-itself
        topic-feeds-strangers topic-over-plain-http topic-subscription-pending trigger-target-gone""",
    "a key of your own is needed, and AWS's own key is no improvement or stops other services": """
        environment-default-key key-of-other-account log-group-without-key topic-without-key""",
    "the numbers, rules, models and destinations depend on the traffic": """
        concurrency-pool-small public-api-without-limit public-api-without-web-acl route-without-validation
        stage-without-access-log""",
    "whether it is meant, and what the next deployment is, stands in no template": """
        alias-on-latest alias-runs-other-role alias-splits-traffic event-source-disabled function-called-as-latest
        function-switched-off monolith-behind-greedy-route route-pinned-to-version""",
    "the variable decides how the program runs; its author knows what it is for": """
        environment-debug-on environment-disables-tls-checks environment-redirects-aws-calls environment-start-hook""",
    "it is of the account and of what was deployed, and stands in no template": """
        extension-slow-after-response image-scan-outdated image-tag-moved inspector-off""",
    "the finding says what to write; a template may cover more or fewer resources, which its author decides on": """
        policy-spells-out-sam-template""",
    "signing needs a profile and a pipeline that signs": "code-not-signed",
    "it is mended in the code, the package, the layer, the image or the extension": """
        base-image-deprecated base-image-floats base-image-of-third-party private-file-copied-into-image
        authorizer-token-in-code data-kept-between-invocations debug-mode-in-code dependency-abandoned dependency-look-alike
        dependency-outdated dependency-unpinned development-files-in-package environment-disclosed error-disclosed
        event-in-database-query event-in-log event-in-prompt event-in-response event-in-search-expression event-in-sql
        event-in-xml-parser event-names-cloud-resource event-names-file event-reaches-code-evaluation event-starts-process
        event-steers-request extension-keeps-secrets-on-disk extension-looks-like-known-one extension-of-other-account
        extension-serves-secrets extension-ships-logs foreign-data-deserialised handler-missing-in-package image-foreign
        client-made-per-event code-with-many-paths dependency-updates-not-watched external-finding external-vulnerability
        function-near-quota package-near-quota
        refusal-not-logged
        image-holds-tools image-keeps-deleted-file image-vulnerable
        inspector-code-vulnerability inspector-package-vulnerability layer-foreign layer-outdated
        layer-runs-code-at-start layer-shadows-file
        object-polluted-by-event package-holds-tricks program-between-lambda-and-runtime runtime-is-yours-to-patch
        script-gives-environment-away script-runs-remote-code secret-logged start-hook-without-file static-credentials-in-code
        temporary-file-left tls-verification-off token-not-verified vulnerable-dependency weak-randomness-or-hash""",
}
LEFT: Final[dict[str, str]] = {rule: reason for reason, rules in _REASONS.items() for rule in rules.split()}
"""Why a rule's findings have no patch, by rule."""
