"""Small feeds in the shape of each format, all about the same weakness of PyPI's requests below 2.31.0."""

import json
from typing import Any

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">
 <channel>
  <title>Cloud bulletins</title>
  <atom:link href="https://bulletins.example/feed" rel="self" type="application/rss+xml"/>
  <item>
   <title><![CDATA[CVE-2026-1111 - Header leak in a &amp; b]]></title>
   <link>https://bulletins.example/AWS-2026-031/</link>
   <description>&lt;p&gt;Bulletin ID: AWS-2026-031&lt;/p&gt; The library &lt;code&gt;requests&lt;/code&gt; leaks.</description>
   <pubDate>Fri, 20 Nov 2026 22:30:00 -0700</pubDate>
   <guid isPermaLink="false">8c1f</guid>
  </item>
  <item>
   <title>Support for Node.js 14 ends</title>
   <link>javascript:alert(1)</link>
   <content:encoded><![CDATA[<p>AWS Lambda: <b>nodejs14.x</b> reached end of support.</p>]]></content:encoded>
   <pubDate>someday</pubDate>
  </item>
 </channel>
</rss>"""
ATOM = b"""<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom">
 <title>Notices</title>
 <entry>
  <title type="html">Update of &lt;i&gt;requests&lt;/i&gt; 2.28</title>
  <id>urn:uuid:1</id>
  <link rel="replies" href="https://notices.example/1/replies"/>
  <link href="https://notices.example/1"/>
  <published>2026-11-01T08:00:00Z</published>
  <updated>2026-11-03T08:00:00Z</updated>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">See <a href="https://x.example">ghsa-AAAA-bbbb-1234</a>.</div></content>
 </entry>
</feed>"""
KEV: dict[str, Any] = {
    "title": "Catalog of exploited weaknesses",
    "catalogVersion": "2026.11.20",
    "count": 1,
    "vulnerabilities": [
        {
            "cveID": "CVE-2026-1111",
            "vendorProject": "Python",
            "product": "Requests",
            "vulnerabilityName": "Requests header leak",
            "dateAdded": "2026-11-18",
            "shortDescription": "A header goes to the wrong host.",
            "requiredAction": "Update.",
            "dueDate": "2026-12-09",
            "knownRansomwareCampaignUse": "Unknown",
            "notes": "",
            "cwes": ["CWE-200"],
        }
    ],
}
NVD: dict[str, Any] = {
    "resultsPerPage": 1,
    "startIndex": 0,
    "totalResults": 1,
    "format": "NVD_CVE",
    "version": "2.0",
    "timestamp": "2026-11-20T00:00:00.000",
    "vulnerabilities": [
        {
            "cve": {
                "id": "CVE-2026-1111",
                "published": "2026-11-02T10:15:00.000",
                "lastModified": "2026-11-10T10:15:00.000",
                "vulnStatus": "Analyzed",
                "descriptions": [{"lang": "es", "value": "Una cabecera."}, {"lang": "en", "value": "A header leaks."}],
                "configurations": [
                    {
                        "nodes": [
                            {
                                "operator": "OR",
                                "negate": False,
                                "cpeMatch": [
                                    {
                                        "vulnerable": True,
                                        "criteria": "cpe:2.3:a:python:requests:*:*:*:*:*:*:*:*",
                                        "versionStartIncluding": "2.3.0",
                                        "versionEndExcluding": "2.31.0",
                                        "matchCriteriaId": "0",
                                    }
                                ],
                            }
                        ]
                    }
                ],
                "references": [],
            }
        }
    ],
}
RECORD: dict[str, Any] = {
    "dataType": "CVE_RECORD",
    "dataVersion": "5.1",
    "cveMetadata": {
        "cveId": "CVE-2026-1111",
        "state": "PUBLISHED",
        "datePublished": "2026-11-02T09:00:00Z",
        "dateUpdated": "2026-11-05T09:00:00Z",
    },
    "containers": {
        "cna": {
            "title": "Header leak",
            "descriptions": [{"lang": "en", "value": "A header leaks."}],
            "affected": [
                {
                    "vendor": "PSF",
                    "product": "requests",
                    "collectionURL": "https://pypi.org/project",
                    "packageName": "requests",
                    "defaultStatus": "unaffected",
                    "versions": [{"version": "2.3.0", "lessThan": "2.31.0", "status": "affected", "versionType": "python"}],
                }
            ],
            "references": [{"url": "https://requests.example/leak"}],
        }
    },
}
OSV: dict[str, Any] = {
    "id": "PYSEC-2026-9",
    "aliases": ["CVE-2026-1111"],
    "modified": "2026-11-06T00:00:00Z",
    "published": "2026-11-02T00:00:00Z",
    "summary": "Header leak",
    "references": [{"type": "WEB", "url": "https://requests.example/leak"}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "requests"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "2.3.0"}, {"fixed": "2.31.0"}]}],
        }
    ],
}
GITHUB: dict[str, Any] = {
    "ghsa_id": "GHSA-aaaa-bbbb-cccc",
    "cve_id": "CVE-2026-1111",
    "html_url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
    "summary": "Header leak",
    "description": "A header leaks.",
    "severity": "medium",
    "published_at": "2026-11-02T00:00:00Z",
    "updated_at": "2026-11-04T00:00:00Z",
    "withdrawn_at": None,
    "vulnerabilities": [
        {
            "package": {"ecosystem": "pip", "name": "requests"},
            "vulnerable_version_range": ">= 2.3.0, < 2.31.0",
            "first_patched_version": "2.31.0",
            "vulnerable_functions": [],
        }
    ],
}
CSAF: dict[str, Any] = {
    "document": {
        "category": "csaf_security_advisory",
        "csaf_version": "2.0",
        "title": "Header leak in requests",
        "publisher": {"category": "vendor", "name": "Example", "namespace": "https://example.com"},
        "references": [{"category": "self", "summary": "here", "url": "https://csaf.example/ex-2026-1.json"}],
        "tracking": {
            "id": "EX-2026-1",
            "initial_release_date": "2026-11-02T00:00:00Z",
            "current_release_date": "2026-11-07T00:00:00Z",
            "status": "final",
            "version": "1",
        },
    },
    "product_tree": {
        "branches": [
            {
                "category": "vendor",
                "name": "PSF",
                "branches": [
                    {
                        "category": "product_name",
                        "name": "requests",
                        "branches": [
                            {
                                "category": "product_version_range",
                                "name": "vers:pypi/>=2.3.0|<2.31.0",
                                "product": {
                                    "name": "requests before 2.31.0",
                                    "product_id": "P1",
                                    "product_identification_helper": {"purl": "pkg:pypi/requests"},
                                },
                            },
                            {
                                "category": "product_version",
                                "name": "2.31.0",
                                "product": {
                                    "name": "requests 2.31.0",
                                    "product_id": "P2",
                                    "product_identification_helper": {"purl": "pkg:pypi/requests@2.31.0"},
                                },
                            },
                        ],
                    }
                ],
            }
        ]
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2026-1111",
            "product_status": {"known_affected": ["P1"], "fixed": ["P2"]},
            "notes": [{"category": "description", "text": "A header leaks."}],
        }
    ],
}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "CISA KEV": KEV,
    "NVD": NVD,
    "CVE": RECORD,
    "OSV": OSV,
    "GitHub": GITHUB,
    "CSAF": CSAF,
}


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()
