// All verdicts that are not a pass: findings, and what could not be judged.
const STATUSES = [
  ["fail", "Findings", (row) => row.status === "fail"],
  ["open", "Not assessed", (row) => row.status !== "fail"],
  ["all", "All", () => true],
];

function Findings({ route }) {
  const query = route.query;
  const status = STATUSES.find(([name]) => name === query.status) || STATUSES[0];
  const within = useMemo(() => DB.verdicts.filter(status[2]), [status[0]]);
  const rows = useMemo(() => within.filter(verdictFilter(query)), [within, route.hash]);
  const grouped = query.group === "rule";
  const lines = useMemo(() => (grouped ? byRule(rows, query.unfold || "") : rows), [rows, grouped, query.unfold]);
  lastList = link("findings", "", query);
  findingOrder = rows.filter((row) => row.status === "fail").map((row) => row.key);
  const unfold = (rule) => setQuery(route, { unfold: query.unfold === rule ? "" : rule });
  return html`<div class="page page-list">
    <header class="page-head"><h1>${status[0] === "open" ? "Not assessed" : "Findings"}</h1>
      <div class="segments" role="group" aria-label="Status">${STATUSES.map(([name, label, test]) => html`<button type="button"
        aria-pressed=${name === status[0] ? "true" : "false"} data-status=${name} onClick=${() => setQuery(route, { status: name === "fail" ? "" : name, need: "", severity: "" })}>
        ${label} <b>${number(DB.verdicts.filter(test).length)}</b></button>`)}</div>
    </header>
    <div class="filters">
      <${Search} route=${route} placeholder="Search findings, assets, functions, rules" label="Search findings" />
      ${status[0] !== "open" && html`<${SeverityChoice} route=${route} rows=${within} />`}
    </div>
    <div class="filters">
      <${Choice} route=${route} name="rule" label="Rule" rows=${within} valueOf=${(row) => row.rule} nameOf=${(rule) => (DB.ruleById.has(rule) ? DB.ruleById.get(rule).title : rule)} />
      <${Choice} route=${route} name="account" label="Account" rows=${within} valueOf=${(row) => row.account} />
      <${Choice} route=${route} name="region" label="Region" rows=${within} valueOf=${(row) => row.region} />
      <${Choice} route=${route} name="kind" label="Kind" rows=${within} valueOf=${(row) => row.kind} nameOf=${kindName} />
      <${Choice} route=${route} name="confidence" label="Confidence" rows=${within} valueOf=${(row) => row.confidence} />
      <${Choice} route=${route} name="need" label="Permission" rows=${within} valueOf=${(row) => row.need} />
      <${Choice} route=${route} name="change" label="Baseline" rows=${within} valueOf=${(row) => row.change} />
      <button type="button" class="button quiet" aria-pressed=${grouped ? "true" : "false"} onClick=${() => setQuery(route, { group: grouped ? "" : "rule", unfold: "" })}>Group by rule</button>
      <${Reset} route=${route} keep=${["status", "group"]} />
      <span class="result" role="status" id="result">${plural(rows.length, "row")}</span>
    </div>
    ${rows.length
      ? html`<${VirtualTable} key=${status[0] + grouped} label=${status[1]} rows=${lines} rowHeight=${52} remember=${`findings ${status[0]} ${grouped}`}
          columns=${[["Severity", "c-sev"], ["Finding", "c-main"], ["Asset", "c-asset"], ["Where", "c-where"], ["Functions", "c-count"]]}
          keyOf=${(row) => row.key} hrefOf=${(row) => (row.group ? link("findings", "", { ...query, unfold: query.unfold === row.rule ? "" : row.rule }) : row.href)}
          rowClass=${(row) => (row.group ? "group-row" : grouped && "member-row")}
          draw=${(row) => (row.group ? html`<${GroupCells} row=${row} open=${query.unfold === row.rule} unfold=${unfold} />` : html`<${VerdictCells} row=${row} />`)} />`
      : html`<${Empty}>Nothing matches. ${html`<${Reset} route=${route} keep=${["status", "group"]} />`}<//>`}
  </div>`;
}

let findingOrder = [];

function verdictFilter(query) {
  const matches = matcher(query.q || "");
  const severities = new Set((query.severity || "").split(",").filter(Boolean));
  const fields = ["rule", "account", "region", "kind", "confidence", "need", "change"].filter((name) => query[name]);
  return (row) =>
    (!severities.size || severities.has(row.severity)) && fields.every((name) => row[name] === query[name]) && (!query.q || matches(haystack(row)));
}

/** One line for each rule, and below the one that is unfolded its rows. */
function byRule(rows, unfold) {
  const lines = [];
  for (const [rule, members] of group(rows, (row) => [row.rule])) {
    const functions = new Set(members.flatMap((row) => row.functions));
    lines.push({ ...members[0], key: `rule ${rule}`, group: members.length, functions: [...functions] });
    if (unfold === rule) lines.push(...members);
  }
  return lines;
}

function GroupCells({ row, open, unfold }) {
  return html`<div class="cell c-sev" role="cell">${row.severity ? html`<${Severity} value=${row.severity} />` : html`<${Status} value=${row.status} />`}</div>
    <div class="cell c-main" role="cell"><button type="button" class="fold" aria-expanded=${open ? "true" : "false"} onClick=${() => unfold(row.rule)}>
      <span class="main-text">${row.title}</span><span class="sub mono">${row.rule}</span></button></div>
    <div class="cell c-asset" role="cell">${plural(row.group, row.severity ? "finding" : "verdict")}</div>
    <div class="cell c-where" role="cell"></div>
    <div class="cell c-count" role="cell">${row.functions.length ? number(row.functions.length) : ""}</div>`;
}

function VerdictCells({ row }) {
  const main = html`<span class="main-text">${row.message}</span><span class="sub">${row.title} <span class="mono">${row.rule}</span></span>`;
  return html`<div class="cell c-sev" role="cell">${row.severity ? html`<${Severity} value=${row.severity} />` : html`<${Status} value=${row.status} />`}</div>
    <div class="cell c-main" role="cell">${row.href ? html`<a class="row-link" href=${row.href}>${main}</a>` : html`<span class="row-link">${main}</span>`}</div>
    <div class="cell c-asset" role="cell"><span class="main-text" title=${row.asset}>${row.name}</span><span class="sub">${row.need ? html`needs <span class="mono">${row.need}</span>` : kindName(row.kind)}</span></div>
    <div class="cell c-where" role="cell"><span class="main-text">${row.region || "global"}</span><span class="sub mono">${row.account}</span></div>
    <div class="cell c-count" role="cell">${row.functions.length === 1 && pageOf(row.functions[0])
      ? html`<a href=${pageOf(row.functions[0])} title=${row.functions[0]}>1</a>`
      : row.functions.length ? number(row.functions.length) : ""}</div>`;
}

/** The verdicts on the page of a function or asset: findings, then what stayed open, by what is missing. */
function VerdictList({ findings, open }) {
  if (!findings.length && !open.length) return html`<${Empty}>No finding, and nothing was left open.<//>`;
  const reasons = group(open, (row) => [row.status === "error" ? `error ${row.reason}` : row.need || row.reason]);
  return html`${findings.length > 0 && html`<${Long} rows=${findings}>${(rows) => html`<ul class="verdicts">${rows.map((finding) => html`<li>
      <${Severity} value=${finding.severity} /><a href=${link("finding", finding.fingerprint)}>${finding.message}</a><span class="mono muted">${finding.rule}</span></li>`)}</ul>`}<//>`}
    ${!findings.length && html`<${Empty}>No finding in what could be judged.<//>`}
    ${open.length > 0 && html`<details class="left-open"><summary>${plural(open.length, "verdict")} left open</summary>
      <ul class="verdicts">${[...reasons.values()].map((rows) => html`<li><${Status} value=${rows[0].status} />
        <span>${rows.map((row) => row.rule).join(", ")}: ${rows[0].reason}</span><span class="mono muted">${rows[0].need}</span></li>`)}</ul></details>`}`;
}
