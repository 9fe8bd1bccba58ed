// What was established about a function's code: flows, calls, software in it, and what stays open.
const NOT_ESTABLISHED = "not-established";
const placed = (rows) => list(rows).filter((row) => row.kind !== NOT_ESTABLISHED);

function CodePart({ code }) {
  if (!code) return html`<${Section} id="code" title="Code"><${Empty}>Nobody looked into the code (--code).<//><//>`;
  const facts = [["Language", code.language], ["Handler", code.entry], ["Files", code.files], ["Bytes", code.size]];
  return html`<${Section} id="code" title="Code" count=${isUnread(code.flows) ? undefined : placed(code.flows).length}>
    <${Facts} fields=${facts} />
    <${CodeList} title="Flows" value=${code.flows}>${(rows) => rows.map((flow) => html`<${FlowRow} flow=${flow} />`)}<//>
    <${CodeList} title="Faults" value=${code.issues}>${(rows) => html`<ul class="rows">${rows.map((issue) => html`<li><span class="mono">${whereText(issue.where)}</span> ${issue.text}</li>`)}</ul>`}<//>
    <${CodeList} title="Secrets" value=${code.secrets}>${(rows) => html`<ul class="rows">${rows.map((one) => html`<li><span class="mono">${whereText(one.where)}</span> ${words(one.kind)}${one.name && html` in <span class="mono">${one.name}</span>`}</li>`)}</ul>`}<//>
    <${CodeList} title="AWS calls" value=${code.calls}>${(rows) => html`<${Long} rows=${rows}>${(shown) => html`<${Table} label="AWS calls" head=${["Right", "On", "Where"]} rows=${shown.map((call) => html`<${CallRow} call=${call} />`)} />`}<//>`}<//>
    <${CodeList} title="Programs beside the handler" value=${code.extensions}>${(rows) => html`<${Table} label="Programs" head=${["Kind", "File", "From"]} rows=${rows.map((one) => html`<tr><td>${words(one.kind)}</td><td class="mono keep">${one.path}</td><td><${AssetLink} id=${one.origin} name=${lastOf(one.origin)} /></td></tr>`)} />`}<//>
    <${CodeList} title="Components" value=${code.components}>${(rows) => html`<${Long} rows=${rows}>${(shown) => html`<${Table} label="Components" head=${["Package", "Known by", "Imported", "From"]} rows=${shown.map((one) => html`<tr><td class="mono keep">${one.purl}</td><td>${one.how}</td><td>${one.fed ? "yes, and gets event data" : one.reached ? "yes" : ""}</td><td class="muted">${lastOf(one.origin)}</td></tr>`)} />`}<//>`}<//>
    <${CodeList} title="Tricks in the package" value=${code.problems}>${(rows) => html`<ul class="rows">${rows.map((one) => html`<li><span class="mono">${one.path}</span> ${one.text}</li>`)}</ul>`}<//>
    ${list(code.limits).length > 0 && html`<h3>Not known</h3><ul class="rows">${list(code.limits).map((limit) => html`<li>${limit}</li>`)}</ul>`}
  <//>`;
}

/** A part of the facts under its heading: nothing when it is empty, the reason when it was not established. */
function CodeList({ title, value, children }) {
  if (isUnread(value)) return html`<h3>${title}</h3><p><${Unread} value=${value} /></p>`;
  const rows = placed(value);
  return rows.length ? html`<h3>${title} <span class="muted">${rows.length}</span></h3>${children(rows)}` : null;
}

function FlowRow({ flow }) {
  return html`<details class="policy"><summary><b>${words(flow.kind)}</b> <span class="mono">${flow.source || flow.label}</span> reaches <span class="mono">${flow.sink}</span> in <span class="mono">${whereText(flow.where)}</span></summary>
    <ol class="rows">${list(flow.steps).map((step) => html`<li><span class="mono">${whereText(step.where)}</span> ${step.text}</li>`)}</ol>${flow.note && html`<p class="muted">${flow.note}</p>`}</details>`;
}

function CallRow({ call }) {
  const targets = list(call.resources).map((one) => (isUnread(one) ? html`<${Unread} value=${one} />` : html`<span class="mono">${one}</span>`));
  return html`<tr><td class="mono keep">${list(call.actions).join(", ") || `${call.service}:${call.operation}`}</td><td>${targets.map((target, index) => html`${index ? html`<br />` : ""}${target}`)}</td><td class="mono">${whereText(call.where)}</td></tr>`;
}
