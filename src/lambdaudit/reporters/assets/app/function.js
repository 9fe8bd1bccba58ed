// The page of one function: everything that is set on it, what invokes it, what it runs as, who may touch it.
const SHOWN_ELSEWHERE = new Set([
  "id", "name", "account", "region", "where", "description", "tags", "extra", "role", "policy", "url", "layers", "versions", "aliases",
  "environment", "vpc", "invoke_config", "triggers", "permissions", "destinations", "neighbours", "findings", "worst", "writers", "code",
  "dead_letter", "logging", "reserved_concurrency", "file_systems", "image", "code_signing", "signing_profile", "recursion", "haystack",
]);

const SECTIONS = [
  ["findings", "Findings"],
  ["picture", "Neighbourhood"],
  ["triggers", "Triggers"],
  ["access", "Who may invoke it"],
  ["role", "Execution role"],
  ["code", "Code"],
  ["configuration", "Configuration"],
  ["environment", "Environment"],
  ["layers", "Layers"],
  ["versions", "Versions, aliases"],
  ["resilience", "Failures, limits, logs"],
  ["network", "Network"],
  ["writers", "Who may change it"],
  ["neighbours", "Neighbours"],
  ["tags", "Tags and the rest"],
];

function FunctionPage({ route }) {
  const fn = DB.functionById.get(route.id);
  if (!fn) return html`<${Missing} what="function" id=${route.id} />`;
  const findings = DB.findingsOf.get(fn.id) || [];
  const open = DB.openOf.get(fn.id) || [];
  return html`<article class="page function">
    <nav class="crumbs" aria-label="Breadcrumb"><a href=${link("functions")}>Functions</a><span>${fn.name}</span></nav>
    <header class="hero"><p class="hero-top"><span>Function</span> <${Mix} findings=${findings} /></p>
      <h1>${fn.name}</h1>
      <p class="hero-meta"><span class="mono">${fn.id} <${Copy} value=${() => fn.id} label="ARN" /></span></p>
      ${!isUnread(fn.description) && fn.description && html`<p class="prose">${fn.description}</p>`}
      <p class="pills"><${Pill}>${runtimeOf(fn)}<//><${Pill}>${fn.region}<//><${Pill}>${fn.account}<//>${list(fn.architectures).map((name) => html`<${Pill}>${name}<//>`)}
        <${Pill}><${Value} value=${fn.package_type} /><//>${fn.state !== "Active" && html`<${Pill} tone="warn"><${Value} value=${fn.state} /><//>`}</p>
    </header>
    <div class="with-toc">
      <div class="stack">
        <${Section} id="findings" title="Findings" count=${findings.length}><${VerdictList} findings=${findings} open=${open} /><//>
        <${Section} id="picture" title="Neighbourhood"><${Neighbourhood} id=${fn.id} /><//>
        <${Triggers} fn=${fn} />
        <${Access} fn=${fn} />
        <${RolePart} fn=${fn} />
        <${CodePart} code=${fn.code} />
        <${Section} id="configuration" title="Configuration"><${Facts} fields=${configuration(fn)} /><//>
        <${Environment} fn=${fn} />
        <${Layers} fn=${fn} />
        <${Versions} fn=${fn} />
        <${Resilience} fn=${fn} />
        <${Section} id="network" title="Network"><${Facts} fields=${[["VPC", fn.vpc, "vpc"], ["File systems", fn.file_systems]]} /><//>
        <${Writers} fn=${fn} />
        <${Neighbours} fn=${fn} />
        <${Section} id="tags" title="Tags and the rest"><${Facts} fields=${[["Tags", fn.tags], ["Read with", fn.where], ...rest(fn)]} /><//>
      </div>
      <nav class="toc" aria-label="On this page">${SECTIONS.map(([id, name]) => html`<a href=${`#${id}`} onClick=${(event) => jump(event, id)}>${name}</a>`)}</nav>
    </div>
  </article>`;
}

/** Scroll to a part of the page; the address keeps naming the page. */
function jump(event, id) {
  event.preventDefault();
  const target = document.getElementById(id);
  target.scrollIntoView();
  target.focus({ preventScroll: true });
}

const FIELD_NAMES = { kms_key: "Environment key", code_sha256: "Code SHA-256", snap_start: "SnapStart", ephemeral_storage: "Storage (MB)", memory: "Memory (MB)", timeout: "Timeout (s)" };
const fieldName = (name) => FIELD_NAMES[name] || capital(words(name));

function configuration(fn) {
  const plain = Object.keys(fn).filter((name) => !SHOWN_ELSEWHERE.has(name));
  return [...plain, "image", "code_signing", "signing_profile", "recursion"].map((name) => [fieldName(name), fn[name], name]);
}

const rest = (fn) => Object.entries(fn.extra || {}).map(([name, value]) => [name, value]);

function Triggers({ fn }) {
  return html`<${Section} id="triggers" title="Triggers" count=${fn.triggers.length}>
    ${fn.triggers.length ? html`<${Table} label="Triggers" head=${["Kind", "Source", "Status", "Version or alias", "Detail"]} rows=${fn.triggers.map((one) => html`<tr>
      <td>${serviceName(one.kind)}</td>
      <td>${one.source ? html`<${AssetLink} id=${one.source} name=${one.name} />` : html`<span class="mono">${one.name}</span>`}</td>
      <td><${TriggerStatus} value=${one.status} /></td><td>${one.qualifier || html`<span class="none">unqualified</span>`}</td>
      <td><${Detail} value=${one.detail} via=${one.via === one.source ? "" : one.via} /></td></tr>`)} />` : html`<${Empty}>Nothing was seen to invoke it.<//>`}
  <//>`;
}

function TriggerStatus({ value }) {
  const about = {
    wired: "the source is set up to invoke the function",
    disabled: "set up, and switched off",
    stale: "only a permission: nothing at the source uses it any more",
    permitted: "only a permission: whether anything uses it was not read",
  };
  return html`<${Pill} tone=${{ wired: "good", stale: "warn", permitted: "weak" }[value]} title=${about[value]}>${value}<//>`;
}

function Detail({ value, via }) {
  const rows = Object.entries(value).filter(([, item]) => item !== "" && item !== null && item !== undefined && !(Array.isArray(item) && !item.length) && item !== 0);
  return html`<span class="detail">${rows.map(([name, item]) => html`<span><i>${words(name)}</i> <${Value} value=${item} name=${name} /></span>`)}
    ${via && html`<span class="faint"><i>by</i> <${AssetLink} id=${via} name=${lastOf(via)} /></span>`}</span>`;
}

function Access({ fn }) {
  const parts = [["function policy", fn.policy], ...list(fn.aliases).map((alias) => [`alias ${alias.name || lastOf(alias.id)}`, alias.policy]),
    ...list(fn.versions).filter((version) => version.policy).map((version) => [`version ${version.version}`, version.policy])];
  return html`<${Section} id="access" title="Who may invoke it" count=${fn.permissions.length}>
    <${Facts} fields=${[["Function URL", fn.url]]} />
    ${fn.permissions.length > 0 && html`<${Table} label="Permissions of the resource-based policies" head=${["Principal", "Effect", "Action", "Only from", "Version or alias", "Sid"]} rows=${fn.permissions.map((one) => html`<tr>
      <td class="mono keep" title=${list(one.principals).join(", ")}>${list(one.principals).join(", ") || html`<span class="none">not readable</span>`}</td><td>${one.effect}</td><td class="mono keep">${list(one.actions).join(", ")}</td>
      <td class="mono">${[...list(one.sources), ...list(one.source_accounts)].join(", ") || html`<span class="none">${one.conditions ? plural(one.conditions, "other condition") : "no condition"}</span>`}</td>
      <td>${one.qualifier || html`<span class="none">unqualified</span>`}</td><td class="mono">${one.sid}</td></tr>`)} />`}
    ${parts.map(([title, policy], index) => html`<${Policy} title=${title} policy=${policy} open=${!index} />`)}
  <//>`;
}

function RolePart({ fn }) {
  if (typeof fn.role !== "string" || !fn.role) return html`<${Section} id="role" title="Execution role"><${Facts} fields=${[["Role", fn.role]]} /><//>`;
  const role = DB.assetById.get(fn.role);
  const shared = role ? role.functions.length : 0;
  return html`<${Section} id="role" title="Execution role" aside=${html`<${AssetLink} id=${fn.role} name=${roleOf(fn)} />`}>
    <p class="muted mono">${fn.role}</p>
    ${shared > 1 && html`<p>Shared by <a href=${link("functions", "", { role: roleOf(fn) })}>${plural(shared, "function")}</a>.</p>`}
    ${role ? html`<${RoleBody} role=${role} />` : html`<${Empty}>The role itself was not read.<//>`}
  <//>`;
}

/** What a principal's policies name, and the policies themselves. */
function RoleBody({ role }) {
  return html`${isUnread(role.access) ? html`<p><${Unread} value=${role.access} /></p>` : html`<${AccessTable} rows=${list(role.access)} />`}
    ${isUnread(role.policies) ? html`<p>Policies <${Unread} value=${role.policies} /></p>` : list(role.policies).map((policy) => html`<${Policy} title=${policy.name} policy=${policy} />`)}
    <${Policy} title="Permissions boundary" policy=${role.boundary} />
    ${"trust" in role && html`<${Policy} title="Trust policy" policy=${role.trust} />`}`;
}

function AccessTable({ rows }) {
  if (!rows.length) return html`<${Empty}>Its policies allow nothing.<//>`;
  return html`<${Table} label="What the policies name" head=${["Service", "Actions", "Resources", "Policies"]} rows=${rows.map((row) => html`<tr>
    <td>${serviceName(row.service)}</td><td><${Names} values=${row.actions} /></td><td><${Names} values=${row.resources} /></td>
    <td>${row.policies.join(", ")}${row.conditional && html` <${Pill} tone="weak">conditional<//>`}</td></tr>`)} />`;
}

function Names({ values }) {
  return html`<${Long} rows=${values} size=${12}>${(rows) => html`<ul class="names mono">${rows.map((name) => html`<li class=${/^\*$|^[\w-]+:\*$|^not:/.test(name) ? "star" : ""}>${name.replace(/^not:/, "everything but ")}</li>`)}</ul>`}<//>`;
}

function Environment({ fn }) {
  const rows = isUnread(fn.environment) ? [] : list(fn.environment);
  return html`<${Section} id="environment" title="Environment variables" count=${rows.length}>
    ${isUnread(fn.environment) ? html`<${Value} value=${fn.environment} />` : !rows.length ? html`<${Empty}>None.<//>` : html`<${Table} label="Environment variables" head=${["Name", "Holds", "Value", "Length", "Names"]} rows=${rows.map((one) => html`<tr>
      <td class="mono">${one.name}</td>
      <td>${one.kind ? html`<${Pill} tone="bad" title=${one.reason}>${one.kind}<//> <small class="muted">${one.confidence} ${one.reason}</small>` : html`<span class="none">no secret</span>`}</td>
      <td>${one.value === null ? html`<span class="none" title=${one.fingerprint}>not kept</span>` : html`<span class="mono">${one.value}</span>`}</td>
      <td>${number(one.length)}</td><td><${Value} value=${one.references} /></td></tr>`)} />`}
  <//>`;
}

function Layers({ fn }) {
  const rows = list(fn.layers);
  return html`<${Section} id="layers" title="Layers" count=${rows.length}>
    ${isUnread(fn.layers) ? html`<${Value} value=${fn.layers} />` : !rows.length ? html`<${Empty}>None.<//>` : html`<${Table} label="Layers in merge order" head=${["Order", "Layer version", "Publisher", "Size", "Signed by"]} rows=${rows.map((layer, index) => html`<tr>
      <td>${index + 1}</td><td><${AssetLink} id=${layer.arn} name=${layer.arn} mono=${true} /></td>
      <td>${text(layer.arn).split(":")[4] === fn.account ? "own account" : html`<${Pill} tone="warn">${text(layer.arn).split(":")[4]}<//>`}</td>
      <td>${layer.code_size ? bytes(layer.code_size) : ""}</td><td><${Value} value=${layer.signing_profile} /></td></tr>`)} />`}
  <//>`;
}

function Versions({ fn }) {
  const aliases = list(fn.aliases);
  const versions = list(fn.versions);
  return html`<${Section} id="versions" title="Versions and aliases" count=${versions.length + aliases.length}>
    ${isUnread(fn.aliases) && html`<p>Aliases <${Unread} value=${fn.aliases} /></p>`}${isUnread(fn.versions) && html`<p>Versions <${Unread} value=${fn.versions} /></p>`}
    ${!versions.length && !aliases.length && !isUnread(fn.aliases) && !isUnread(fn.versions) && html`<${Empty}>Only $LATEST.<//>`}
    ${aliases.length > 0 && html`<${Table} label="Aliases" head=${["Alias", "Version", "Weights", "Function URL", "Asynchronous invocation"]} rows=${aliases.map((alias) => html`<tr>
      <td title=${alias.id}>${alias.name || lastOf(alias.id)}${isUnread(alias) && html` <${Unread} value=${alias} />`}</td><td>${alias.version}</td>
      <td>${list(alias.weights).map(([version, share]) => `${version}: ${Math.round(share * 100)} %`).join(", ") || html`<span class="none">none</span>`}</td>
      <td><${Value} value=${alias.url} /></td><td><${Value} value=${alias.invoke_config} /></td></tr>`)} />`}
    ${versions.length > 0 && html`<${Long} rows=${[...versions].reverse()} size=${10}>${(rows) => html`<${Table} label="Versions" head=${["Version", "Published", "Differs from $LATEST in"]} rows=${rows.map((one) => html`<tr>
      <td title=${one.id}>${one.version || lastOf(one.id)}</td><td>${isUnread(one) ? html`<${Unread} value=${one} />` : isUnread(one.last_modified) ? html`<${Value} value=${one.last_modified} />` : day(one.last_modified)}</td>
      <td><${Differences} value=${{ ...one.differs, ...(one.invoke_config ? { invoke_config: one.invoke_config } : {}) }} /></td></tr>`)} />`}<//>`}
  <//>`;
}

function Differences({ value }) {
  const rows = Object.entries(value);
  if (!rows.length) return html`<span class="none">nothing</span>`;
  return html`<details><summary>${rows.map(([name]) => words(name)).join(", ")}</summary><${Facts} fields=${rows.map(([name, item]) => [fieldName(name), item, name])} /></details>`;
}

function Resilience({ fn }) {
  return html`<${Section} id="resilience" title="Failures, limits, logs">
    ${fn.destinations.length > 0 && html`<${Table} label="Destinations" head=${["What goes there", "Target", "Version or alias"]} rows=${fn.destinations.map((one) => html`<tr>
      <td>${one.kind}</td><td><${AssetLink} id=${one.target} name=${one.target} mono=${true} /></td><td>${one.qualifier || html`<span class="none">unqualified</span>`}</td></tr>`)} />`}
    <${Facts} fields=${[["Dead-letter target", fn.dead_letter], ["Asynchronous invocation", fn.invoke_config], ["Reserved concurrency", fn.reserved_concurrency === null ? "unreserved" : fn.reserved_concurrency], ["Logging", fn.logging]]} />
  <//>`;
}

function Writers({ fn }) {
  const rows = isUnread(fn.writers) ? [] : list(fn.writers);
  return html`<${Section} id="writers" title="Who may change it" count=${rows.length || undefined}>
    ${isUnread(fn.writers) ? html`<${Value} value=${fn.writers} />` : !rows.length ? html`<${Empty}>Nobody was found, or it was not worked out.<//>` : html`<${Long} rows=${rows}>${(shown) => html`<${Table} label="Who may change it" head=${["Principal", "Kind", "Actions", "Notes"]} rows=${shown.map((row) => html`<${WriterRow} row=${typeof row === "string" ? { id: row } : row} />`)} />`}<//>`}
  <//>`;
}

function WriterRow({ row }) {
  const { id, name, kind, actions, ...others } = row;
  return html`<tr><td><${AssetLink} id=${id} name=${name || id} /></td><td>${kindName(kind || lastOf(text(id).split("/")[0]))}</td>
    <td>${actions ? html`<${Names} values=${list(actions).map(text)} />` : ""}</td><td>${Object.keys(others).length ? html`<${Value} value=${others} />` : ""}</td></tr>`;
}

function Neighbours({ fn }) {
  const rows = fn.neighbours;
  return html`<${Section} id="neighbours" title="Neighbours" count=${rows.length}>
    ${rows.length ? html`<${Long} rows=${rows}>${(shown) => html`<${Table} label="Neighbours" head=${["Direction", "Relation", "Kind", "Name", "Said by"]} rows=${shown.map((row) => html`<tr>
      <td>${row.direction === "in" ? "acts on it" : "it acts on"}</td><td>${row.relation}</td><td>${kindName(row.kind)}</td><td><${AssetLink} id=${row.id} name=${row.name} /></td>
      <td class="muted">${list(row.via).filter((via) => via !== fn.id && via !== row.id).map(lastOf).join(", ")}</td></tr>`)} />`}<//>` : html`<${Empty}>None.<//>`}
  <//>`;
}
