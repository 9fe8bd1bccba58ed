// What was looked at, what was not, and what that leaves open; and how often each rule ended how.
function Coverage() {
  const seen = DB.coverage;
  const needs = DB.gaps.filter((gap) => gap.denied && gap.need).map((gap) => gap.need);
  const policy = { Version: "2012-10-17", Statement: [{ Sid: "LambdauditGaps", Effect: "Allow", Action: needs, Resource: "*" }] };
  const calls = list(seen.calls);
  return html`<div class="page">
    <header class="page-head"><div><h1>Coverage</h1><p class="muted">What was looked at and what was not. A verdict that could not be reached counts as open, never as passed.</p></div></header>
    <div class="stack">
      <${Section} id="gaps" title="Not seen" count=${DB.gaps.length} aside=${html`<a href=${link("findings", "", { status: "open" })}>${plural(DB.statistics.not_assessed, "verdict")} not assessed</a>`}>
        ${DB.gaps.length ? html`<${Long} rows=${DB.gaps} size=${50}>${(rows) => html`<${Table} label="What could not be read" head=${["Not read", "Why", "Concerns", ["Calls", "num"], ["Open verdicts", "num"]]} rows=${rows.map((gap) => html`<tr>
          <td class="mono">${gap.need || html`<span class="none">no permission would help</span>`}</td><td>${gap.reason}</td><td>${gap.on || html`<span class="none">nothing that was judged</span>`}</td><td class="num">${number(gap.calls)}</td>
          <td class="num">${gap.verdicts ? html`<a href=${link("findings", "", { status: "open", need: gap.need, q: gap.need ? "" : gap.reason.slice(0, 60) })}>${number(gap.verdicts)}</a>` : "0"}</td></tr>`)} />`}<//>`
          : html`<${Empty}>Everything that was asked for could be read.<//>`}
      <//>
      ${needs.length > 0 && html`<${Section} id="needed" title="Permissions that close the gaps"><p class="prose">Read-only. Add them to the identity that collects, and run the audit again.</p><${Json} value=${policy} label="policy" /><//>`}
      <${Section} id="scope" title="Looked at"><${Facts} fields=${[
        ["Source", seen.source],
        ["Collected", day(DB.created)],
        ["Made by", DB.tool],
        ["Accounts", list(seen.accounts)],
        ["Regions", list(seen.regions)],
        ["Complete", Boolean(seen.complete)],
        ["Interrupted", Boolean(seen.interrupted)],
        ["Notes", list(seen.notes)],
      ]} /><//>
      <${Section} id="calls" title="Calls" count=${calls.reduce((sum, call) => sum + (call.asked || 0), 0)}>
        ${calls.length ? html`<${Long} rows=${[...calls].sort((a, b) => lost(b) - lost(a))} size=${40}>${(rows) => html`<${Table} label="Calls by operation" head=${["Operation", "Where", ...LEDGER.map(([, name]) => [name, "num"]), "Last error"]} rows=${rows.map((call) => html`<tr class=${lost(call) ? "lost" : ""}>
          <td class="mono keep" title=${call.operation}>${call.operation}</td><td class="mono keep">${[call.account, call.region].filter(Boolean).join(" ")}</td>${LEDGER.map(([name]) => html`<td class="num">${call[name] ? number(call[name]) : ""}</td>`)}
          <td>${call.error || ""}</td></tr>`)} />`}<//>` : html`<${Empty}>No call was made.<//>`}
      <//>
    </div>
  </div>`;
}

const LEDGER = [["asked", "Asked"], ["answered", "Answered"], ["denied", "Denied"], ["failed", "Failed"], ["unsupported", "Unsupported"], ["interrupted", "Interrupted"], ["refused", "Throttled"]];
const lost = (call) => (call.denied || 0) + (call.failed || 0) + (call.unsupported || 0) + (call.interrupted || 0);

function Rules({ route }) {
  const query = route.query;
  const rows = useMemo(() => {
    const matches = matcher(query.q || "");
    return DB.rules.filter((rule) => matches(`${rule.rule}\n${rule.title}`.toLowerCase())).sort((a, b) => RANK[a.severity] - RANK[b.severity] || b.failed - a.failed || (a.rule < b.rule ? -1 : 1));
  }, [route.hash]);
  const columns = [["failed", "Failed"], ["unknown", "Not assessed"], ["error", "Error"], ["passed", "Passed"], ["not_applicable", "Not applicable"]];
  return html`<div class="page">
    <header class="page-head"><div><h1>Rules</h1><p class="muted">How often each rule ended how, over all assets that it looked at.</p></div></header>
    <div class="filters"><${Search} route=${route} placeholder="Search rules" label="Search rules" /><span class="result" role="status" id="result">${plural(rows.length, "rule")}</span></div>
    <div class="card"><${Table} label="Rules" head=${["Severity", "Rule", ...columns.map(([, name]) => [name, "num"])]} rows=${rows.map((rule) => html`<tr>
      <td><${Severity} value=${rule.severity} /></td>
      <td>${rule.failed ? html`<a href=${link("findings", "", { rule: rule.rule })}>${rule.title}</a>` : rule.title}<br /><span class="mono muted">${rule.rule}</span></td>
      ${columns.map(([name]) => html`<td class=${cx("num", !rule[name] && "none")}>${number(rule[name])}</td>`)}</tr>`)} /></div>
  </div>`;
}
