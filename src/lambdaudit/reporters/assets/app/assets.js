// Roles, policies, queues, buckets, keys and whatever else stands around the functions.
function Assets({ route }) {
  const query = route.query;
  const rows = useMemo(() => {
    const matches = matcher(query.q || "");
    const found = DB.assets.filter(
      (asset) =>
        (!query.kind || asset.kind === query.kind) &&
        (!query.account || asset.account === query.account) &&
        (!query.region || asset.region === query.region) &&
        (!query.q || matches(`${asset.id}\n${asset.name}\n${asset.kind}`.toLowerCase())),
    );
    return found
      .map((asset) => [weight(DB.findingsOf.get(asset.id) || []), asset])
      .sort((a, b) => b[0] - a[0] || b[1].functions.length - a[1].functions.length || (a[1].id < b[1].id ? -1 : 1))
      .map(([, asset]) => asset);
  }, [route.hash]);
  return html`<div class="page page-list">
    <header class="page-head"><h1>Resources</h1></header>
    <div class="filters"><${Search} route=${route} placeholder="Search name, ARN, kind" label="Search resources" />
      <span class="result" role="status" id="result">${plural(rows.length, "resource")}</span></div>
    <div class="filters">
      <${Choice} route=${route} name="kind" label="Kind" rows=${DB.assets} valueOf=${(asset) => asset.kind} nameOf=${kindName} />
      <${Choice} route=${route} name="account" label="Account" rows=${DB.assets} valueOf=${(asset) => asset.account} />
      <${Choice} route=${route} name="region" label="Region" rows=${DB.assets} valueOf=${(asset) => asset.region} />
      <${Reset} route=${route} />
    </div>
    ${rows.length ? html`<${VirtualTable} label="Resources" rows=${rows} rowHeight=${52} remember="assets"
        columns=${[["Name", "c-main"], ["Kind", "c-kind"], ["Risk", "c-risk"], ["Functions", "c-count"], ["Where", "c-where"]]}
        keyOf=${(asset) => asset.id} hrefOf=${(asset) => link("asset", asset.id)} draw=${(asset) => html`<${AssetCells} asset=${asset} />`} />`
      : html`<${Empty}>Nothing matches.<//>`}
  </div>`;
}

function AssetCells({ asset }) {
  return html`<div class="cell c-main" role="cell"><a class="row-link" href=${link("asset", asset.id)}><span class="main-text">${asset.name || asset.id}</span><span class="sub mono">${asset.id}</span></a></div>
    <div class="cell c-kind" role="cell">${kindName(asset.kind)}</div>
    <div class="cell c-risk" role="cell"><${Mix} findings=${DB.findingsOf.get(asset.id) || []} /></div>
    <div class="cell c-count" role="cell">${asset.functions.length ? number(asset.functions.length) : ""}</div>
    <div class="cell c-where" role="cell"><span class="main-text">${asset.region || "global"}</span><span class="sub mono">${asset.account}</span></div>`;
}

const ASSET_PARTS = new Set(["kind", "id", "name", "account", "region", "where", "tags", "extra", "functions", "findings", "policies", "access", "boundary", "trust", "policy", "stream_policy"]);

function AssetPage({ route }) {
  const asset = DB.assetById.get(route.id);
  if (!asset) return html`<${Missing} what="resource" id=${route.id} />`;
  const findings = DB.findingsOf.get(asset.id) || [];
  const open = DB.openOf.get(asset.id) || [];
  const facts = Object.keys(asset).filter((name) => !ASSET_PARTS.has(name)).map((name) => [fieldName(name), asset[name], name]);
  return html`<article class="page">
    <nav class="crumbs" aria-label="Breadcrumb"><a href=${link("assets", "", { kind: asset.kind })}>Resources</a><span>${kindName(asset.kind)}</span></nav>
    <header class="hero"><p class="hero-top"><span>${capital(kindName(asset.kind))}</span> <${Mix} findings=${findings} /></p><h1>${asset.name || asset.id}</h1>
      <p class="hero-meta"><span class="mono">${asset.id} <${Copy} value=${() => asset.id} label="ARN" /></span></p>
      <p class="pills"><${Pill}>${asset.region || "global"}<//>${asset.account && html`<${Pill}>${asset.account}<//>`}</p></header>
    <div class="split">
      <div class="stack">
        <${Section} id="findings" title="Findings" count=${findings.length}><${VerdictList} findings=${findings} open=${open} /><//>
        ${"access" in asset && html`<${Section} id="access" title="What its policies name"><${RoleBody} role=${asset} /><//>`}
        ${"policy" in asset && html`<${Section} id="policy" title=${asset.kind === "managed-policy" ? "Policy" : "Resource-based policy"}><${Policy} title=${asset.name} policy=${asset.policy} open=${true} />
          ${"stream_policy" in asset && html`<${Policy} title="stream policy" policy=${asset.stream_policy} />`}<//>`}
        <${Section} id="facts" title="Facts"><${Facts} fields=${[...facts, ["Tags", asset.tags], ["Read with", asset.where], ...rest(asset)]} /><//>
      </div>
      <${Section} id="used" title="Functions that depend on it" count=${asset.functions.length}>
        ${asset.functions.length ? html`<${Long} rows=${asset.functions}>${(rows) => html`<ul class="rows">${rows.map((id) => html`<li><${AssetLink} id=${id} /><${Mix} findings=${DB.findingsOf.get(id) || []} /></li>`)}</ul>`}<//>`
          : html`<${Empty}>None.<//>`}<//>
    </div>
  </article>`;
}
