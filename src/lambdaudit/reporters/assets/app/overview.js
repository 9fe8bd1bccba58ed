// The first page: what an attacker can do, what could not be seen, and the numbers.
function Overview() {
  const stats = DB.statistics;
  const worst = SEVERITIES.find((name) => stats.severities[name] > 0);
  const regions = list(DB.coverage.regions).length || Object.keys(stats.regions).length;
  return html`<div class="page">
    <header class="page-head">
      <div><h1>What an attacker can do</h1><p class="muted">${lead(worst)}</p></div>
      <p class="scope" data-scope>
        <span><b data-stat="accounts">${number(list(DB.coverage.accounts).length)}</b> ${list(DB.coverage.accounts).length === 1 ? "account" : "accounts"}</span>
        <span><b data-stat="regions">${number(regions)}</b> ${regions === 1 ? "region" : "regions"}</span>
        <span><b data-stat="functions">${number(stats.functions)}</b> ${stats.functions === 1 ? "function" : "functions"}</span>
        <span><b data-stat="roles">${number(stats.roles)}</b> execution ${stats.roles === 1 ? "role" : "roles"}</span>
      </p>
    </header>
    <nav class="tiles" aria-label="Findings by severity">
      ${SEVERITIES.map((name) => html`<a class=${cx("tile", `tile-${name}`, !stats.severities[name] && "zero")} href=${link("findings", "", { severity: name })}>
        <b data-stat=${name}>${number(stats.severities[name])}</b><span>${capital(name)}</span></a>`)}
      <a class=${cx("tile", "tile-open", !stats.not_assessed && "zero")} href=${link("findings", "", { status: "open" })}>
        <b data-stat="not_assessed">${number(stats.not_assessed)}</b><span>Not assessed</span></a>
    </nav>
    <div class="split">
      <${Worst} />
      <div class="stack"><${Seen} /><${Exposed} /></div>
    </div>
    <h2 class="band">Statistics</h2>
    <${Charts} />
  </div>`;
}

function lead(worst) {
  const stats = DB.statistics;
  if (!stats.functions) return "No function was found in what was looked at.";
  if (!worst) return stats.not_assessed ? "No finding in what could be seen. What could not be seen is not safe for that." : "No finding.";
  const serious = stats.severities.critical + stats.severities.high;
  if (!serious) return "Nothing critical or high was found in what could be seen. The rest, worst first:";
  return `${number(serious)} critical or high ${serious === 1 ? "finding" : "findings"}. Each line is a way in or up that the configuration leaves open, worst first.`;
}

function Worst() {
  const shown = DB.groups.slice(0, 8);
  return html`<section class="card" aria-labelledby="worst-title">
    <header class="section-head"><h2 id="worst-title">Worst first</h2>
      <a href=${link("findings")}>All ${plural(DB.statistics.findings, "finding")}</a></header>
    ${!shown.length && html`<${Empty}>Nothing to show.<//>`}
    <ol class="worst">${shown.map((one) => {
      const first = DB.findings[one.findings[0]];
      const href = one.findings.length === 1 ? link("finding", first.fingerprint) : link("findings", "", { rule: one.rule, severity: one.severity });
      const names = [...new Set(one.findings.map((index) => DB.findings[index].asset_name || lastOf(DB.findings[index].asset)))];
      return html`<li><a class="worst-row" href=${href}>
        <${Severity} value=${one.severity} />
        <span class="worst-text"><b>${one.sentence}</b><span class="worst-why">${first.why}</span>
          <span class="worst-where">${names.slice(0, 4).map((name) => html`<span class="mono">${shorten(name, 40)}</span>`)}
            ${names.length > 4 && html`<span>+${number(names.length - 4)}</span>`}</span></span>
        <span class="worst-count"><b>${number(one.functions)}</b> ${one.functions === 1 ? "function" : "functions"}</span>
      </a></li>`;
    })}</ol>
  </section>`;
}

function Seen() {
  const seen = DB.coverage;
  const whole = seen.complete && !seen.interrupted && !DB.gaps.length;
  return html`<section class="card" aria-labelledby="seen-title">
    <header class="section-head"><h2 id="seen-title">Coverage</h2><a href=${link("coverage")}>Details</a></header>
    <p class=${cx("verdict", whole ? "good" : "warn")}>${whole ? "Everything that was asked for could be read." : `Not everything was read: ${plural(DB.statistics.not_assessed, "verdict")} not reached. None of them counts as safe.`}</p>
    <ul class="gaps">${DB.gaps.slice(0, 5).map((gap) => html`<li><a href=${link("findings", "", { status: "open", need: gap.need, q: gap.need ? "" : gap.reason.slice(0, 60) })}>
      <b class="mono">${gap.need || shorten(gap.reason, 80)}</b>
      <span>${gap.denied ? "not permitted" : shorten(gap.reason, 60)}${gap.on ? `: ${gap.on}` : gap.calls ? `, ${plural(gap.calls, "call")}` : ""}</span></a></li>`)}</ul>
    ${DB.gaps.length > 5 && html`<p class="muted">and ${number(DB.gaps.length - 5)} more</p>`}
  </section>`;
}

function Exposed() {
  const rows = DB.functions
    .map((fn) => [fn, DB.findingsOf.get(fn.id) || []])
    .filter(([, found]) => found.length)
    .sort((a, b) => weight(b[1]) - weight(a[1]) || (a[0].id < b[0].id ? -1 : 1))
    .slice(0, 6);
  if (!rows.length) return null;
  return html`<section class="card" aria-labelledby="exposed-title">
    <header class="section-head"><h2 id="exposed-title">Functions most at risk</h2><a href=${link("functions")}>All ${number(DB.statistics.functions)}</a></header>
    <ul class="rows">${rows.map(([fn, found]) => html`<li><a href=${link("function", fn.id)} title=${fn.id}>${fn.name}</a><${Mix} findings=${found} /></li>`)}</ul>
  </section>`;
}

/** Findings as one number for ordering: one of a severity weighs more than any number below it. */
function weight(findings) {
  return findings.reduce((sum, finding) => sum + 1e8 / 100 ** RANK[finding.severity], 0);
}

function Charts() {
  const stats = DB.statistics;
  const severities = SEVERITIES.map((name) => [capital(name), stats.severities[name], `fill-${name}`, link("findings", "", { severity: name })]);
  const kinds = Object.fromEntries(Object.entries(stats.assets).map(([kind, amount]) => [kind, amount]));
  return html`<div class="charts">
    <${Chart} title="Findings by severity"><${Ring} parts=${severities} label="Findings by severity" unit=${stats.findings === 1 ? "finding" : "findings"} /><//>
    <${Chart} title="Runtimes" note="functions"><${Bars} counts=${stats.runtimes} label="Functions by runtime" dataName="runtimes"
      hrefOf=${(name) => link("functions", "", { runtime: name })} /><//>
    <${Chart} title="Regions" note="functions"><${Bars} counts=${stats.regions} label="Functions by region" dataName="regions"
      hrefOf=${(name) => link("functions", "", { region: name })} /><//>
    <${Chart} title="Triggers" note="sources wired to functions"><${Bars} counts=${stats.triggers} label="Triggers by kind" dataName="triggers" nameOf=${serviceName}
      hrefOf=${(name) => link("functions", "", { trigger: name })} /><//>
    <${Chart} title="Services in role policies" note="functions"><${Bars} counts=${stats.resources} label="Functions by service that their role names" dataName="resources" nameOf=${serviceName}
      hrefOf=${(name) => link("functions", "", { service: name })} /><//>
    <${Chart} title="Layers" note="functions"><${Bars} counts=${stats.layers} label="Functions by layer" dataName="layers" nameOf=${layerName}
      hrefOf=${(name) => pageOf(name)} /><//>
    <${Chart} title="Assets read" note="in the inventory"><${Bars} counts=${kinds} label="Assets by kind" dataName="assets" nameOf=${kindName}
      hrefOf=${(kind) => (kind === "function" ? link("functions") : DB.assets.some((asset) => asset.kind === kind) ? link("assets", "", { kind }) : "")} /><//>
    <${Chart} title="Verdicts" note="rule × asset"><${Bars} counts=${stats.verdicts} label="Verdicts" dataName="verdicts" nameOf=${words} hrefOf=${() => link("rules")} /><//>
  </div>`;
}

function Chart({ title, note, children }) {
  return html`<section class="card chart"><h3>${title}${note && html` <small>${note}</small>`}</h3>${children}</section>`;
}

function layerName(arn) {
  const parts = arn.split(":");
  return parts.length >= 8 ? `${parts[6]}:${parts[7]} (${parts[4]})` : arn;
}
