// One finding: the claim, its proof, why it matters, how to mend it.
function FindingPage({ route }) {
  const finding = DB.findingById.get(route.id);
  useEffect(() => {
    activeList = null;
    stepper = finding ? (step) => stepFinding(finding.fingerprint, step) : null;
    return () => (stepper = null);
  });
  if (!finding) return html`<${Missing} what="finding" id=${route.id} />`;
  const place = findingOrder.indexOf(finding.fingerprint);
  return html`<article class="page finding">
    <nav class="crumbs" aria-label="Breadcrumb"><a href=${lastList}>Findings</a><span>${finding.rule}</span>
      ${place >= 0 && html`<span class="steps"><button type="button" class="button quiet" onClick=${() => stepFinding(finding.fingerprint, -1)} disabled=${place === 0} aria-label="Previous finding"><${Icon} name="left" /></button>
        ${number(place + 1)} of ${number(findingOrder.length)}
        <button type="button" class="button quiet" onClick=${() => stepFinding(finding.fingerprint, 1)} disabled=${place === findingOrder.length - 1} aria-label="Next finding"><${Icon} name="right" /></button></span>`}
    </nav>
    <header class=${`hero hero-${RANK[finding.severity] === undefined ? "info" : finding.severity}`}>
      <p class="hero-top"><${Severity} value=${finding.severity} /> <span>${finding.title}</span></p>
      <h1>${finding.message} <${Copy} value=${() => location.href} label="link to this finding" icon="link" /></h1>
      <p class="hero-meta"><span>${kindName(finding.asset_kind)} <${AssetLink} id=${finding.asset} name=${finding.asset_name} /></span>
        <span>${finding.region || "global"}</span><span class="mono">${finding.account}</span><span>confidence ${finding.confidence}</span></p>
    </header>
    <div class="split">
      <div class="stack">
        <${Section} id="why" title="Why it matters"><p class="prose">${finding.why || "Not said."}</p><//>
        <${Section} id="evidence" title="Evidence" count=${list(finding.evidence).length}>${list(finding.evidence).map((one) => html`<${Proof} evidence=${one} />`)}<//>
        <${Section} id="fix" title="How to fix it"><p class="prose">${finding.fix.text}</p>
          ${list(finding.fix.commands).map((command) => html`<${Command} value=${command} />`)}
          ${finding.fix.patch && html`<${Command} value=${finding.fix.patch} />`}<//>
      </div>
      <div class="stack">
        <${Section} id="affected" title="Functions affected" count=${list(finding.functions).length}>
          ${list(finding.functions).length ? html`<${Long} rows=${list(finding.functions)}>${(rows) => html`<ul class="rows">${rows.map((id) => html`<li><${AssetLink} id=${id} />
            <${Mix} findings=${DB.findingsOf.get(id) || []} /></li>`)}</ul>`}<//>` : html`<${Empty}>No function depends on it.<//>`}<//>
        <${Section} id="about" title="About"><${Facts} fields=${[
          ["Rule", finding.rule],
          ["Asset", finding.asset],
          ["Found at", finding.where],
          ["Fingerprint", finding.fingerprint],
          ...(finding.change ? [["Baseline", finding.change]] : []),
          ...(finding.key ? [["Part", finding.key]] : []),
        ]} />
          <p class="more-like"><a href=${link("findings", "", { rule: finding.rule })}>Every finding of this rule</a></p><//>
        ${list(finding.see).length > 0 && html`<${Section} id="see" title="References"><ul class="plain-list">${list(finding.see).map((href) => html`<li><${WebLink} href=${href} /></li>`)}</ul><//>`}
        ${list(finding.maps).length > 0 && html`<${Section} id="maps" title="Standards"><p class="tags">${list(finding.maps).map((name) => html`<span class="tag">${name}</span>`)}</p><//>`}
      </div>
    </div>
  </article>`;
}

let stepper = null;

function stepFinding(fingerprint, step) {
  const next = findingOrder[findingOrder.indexOf(fingerprint) + step];
  if (next) location.replace(link("finding", next));
}

function Proof({ evidence }) {
  const witness = evidence.witness && Object.keys(evidence.witness).length ? evidence.witness : null;
  return html`<figure class="proof">
    <figcaption class="mono">${whereText(evidence.where)}</figcaption>
    ${evidence.text && html`<pre tabindex="0"><code>${evidence.text}</code></pre>`}
    ${witness && html`<div class="witness"><p>A request that is allowed:</p><dl class="facts">${Object.entries(witness).map(([key, value]) => html`<div><dt>${words(key)}</dt>
      <dd class="mono">${typeof value === "object" ? html`<${Value} value=${value} />` : text(value)}</dd></div>`)}</dl></div>`}
  </figure>`;
}

function Missing({ what, id }) {
  return html`<div class="page"><h1>No such ${what}</h1><p class="muted mono">${id}</p><p><a href="#/overview">To the overview</a></p></div>`;
}
