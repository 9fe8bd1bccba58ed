// The report, read from the inert block of this page, and indexes over it.
const DB = {};

async function loadData() {
  const block = document.getElementById("data");
  let source = block.textContent;
  if (block.dataset.encoding === "gzip") {
    const packed = Uint8Array.fromBase64 ? Uint8Array.fromBase64(source) : Uint8Array.from(atob(source), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    source = await new Response(stream).text();
  }
  block.remove();
  return JSON.parse(source);
}

function indexData(data) {
  Object.assign(DB, data.report, { groups: data.groups, gaps: data.gaps, pictures: new Map(Object.entries(data.pictures)) });
  DB.functionById = new Map(DB.functions.map((fn) => [fn.id, fn]));
  DB.assetById = new Map(DB.assets.map((asset) => [asset.id, asset]));
  DB.findingById = new Map(DB.findings.map((finding) => [finding.fingerprint, finding]));
  DB.ruleById = new Map(DB.rules.map((rule) => [rule.rule, rule]));
  DB.findingsOf = group(DB.findings, (finding) => [finding.asset, unqualified(finding.asset), ...list(finding.functions)]);
  DB.openOf = group(DB.not_assessed, (row) => [row.asset, unqualified(row.asset)]);
  DB.verdicts = [...DB.findings.map(findingRow), ...DB.not_assessed.map(openRow)];
}

/** Rows by each of the keys that `keysOf` gives, every row once under a key. */
function group(rows, keysOf) {
  const found = new Map();
  for (const row of rows) {
    for (const key of new Set(keysOf(row))) {
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(row);
    }
  }
  return found;
}

/** What findings and unassessed verdicts share in the list. */
function findingRow(finding) {
  return {
    key: finding.fingerprint,
    status: "fail",
    severity: finding.severity,
    rule: finding.rule,
    title: finding.title || finding.rule,
    message: finding.message,
    asset: finding.asset,
    name: finding.asset_name || lastOf(finding.asset),
    kind: finding.asset_kind,
    account: finding.account || "",
    region: finding.region || "",
    confidence: finding.confidence,
    need: "",
    change: finding.change || "",
    functions: list(finding.functions),
    href: link("finding", finding.fingerprint),
  };
}

function openRow(row, index) {
  const rule = DB.ruleById.get(row.rule);
  return {
    key: `open-${index}`,
    status: row.status,
    severity: "",
    rule: row.rule,
    title: rule ? rule.title : row.rule,
    message: row.reason,
    asset: row.asset,
    name: lastOf(row.asset),
    kind: row.asset_kind,
    account: row.account || "",
    region: row.region || "",
    confidence: "",
    need: row.need || "",
    change: "",
    functions: DB.functionById.has(unqualified(row.asset)) ? [unqualified(row.asset)] : [],
    href: pageOf(row.asset),
  };
}

/** The text that the search looks through, made once for each row. */
function haystack(row) {
  if (row.haystack === undefined) {
    const names = row.functions.slice(0, 200).map(lastOf);
    row.haystack = [row.title, row.message, row.rule, row.asset, row.name, row.account, row.region, row.need, row.key, ...names]
      .join("\n")
      .toLowerCase();
  }
  return row.haystack;
}

function matcher(query) {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  return (hay) => terms.every((term) => hay.includes(term));
}
