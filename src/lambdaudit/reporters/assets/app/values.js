// Values of the model as a person reads them, and JSON with its marks.
function Unread({ value }) {
  const need = value.need ? `, missing ${value.need}` : "";
  return html`<span class="unread" title=${value.unknown + need}>not read<small>${value.need || value.unknown}</small></span>`;
}

const WORDLESS = /^(arn:[\w-]*:|https?:|[\w.-]*\/)/;

function Value({ value, name }) {
  if (isUnread(value)) return html`<${Unread} value=${value} />`;
  if (value === null || value === undefined || value === "") return html`<span class="none">none</span>`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return /size$/.test(name || "") && name !== "batch_size" ? html`<span title=${value}>${bytes(value)}</span>` : number(value);
  if (typeof value === "string") {
    if (value.startsWith("arn:")) return html`<${AssetLink} id=${value} name=${value} mono=${true} />`;
    return html`<span class=${cx(WORDLESS.test(value) && "mono")}>${value}</span>`;
  }
  if (Array.isArray(value)) return html`<${Values} value=${value} />`;
  if (isWhere(value)) return html`<span class="mono">${whereText(value)}</span>`;
  return html`<dl class="inner">${Object.entries(value).map(
    ([key, item]) => html`<div><dt>${words(key)}</dt><dd><${Value} value=${item} name=${key} /></dd></div>`,
  )}</dl>`;
}

function Values({ value }) {
  if (!value.length) return html`<span class="none">none</span>`;
  if (value.every((item) => Array.isArray(item) && item.length === 2 && item.every((part) => typeof part !== "object"))) {
    return html`<span class="tags">${value.map(([key, item]) => html`<span class="tag"><b>${text(key)}</b> ${text(item)}</span>`)}</span>`;
  }
  if (value.every((item) => typeof item !== "object")) {
    return html`<span class="values">${value.map((item) => html`<span><${Value} value=${item} /></span>`)}</span>`;
  }
  return html`<ul class="blocks">${value.map((item) => html`<li><${Value} value=${item} /></li>`)}</ul>`;
}

const isWhere = (value) => typeof value.source === "string" && ("pointer" in value || "subject" in value);

function whereText(where) {
  if (where.line) return `${where.source}:${where.line}`;
  return [where.source, where.subject, where.pointer].filter(Boolean).join(" ");
}

/** A grid of names and values; `fields` are [label, value, name of the field]. */
function Facts({ fields }) {
  return html`<dl class="facts">${fields.map(
    ([label, value, name]) => html`<div><dt>${label}</dt><dd><${Value} value=${value} name=${name} /></dd></div>`,
  )}</dl>`;
}

const JSON_TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const JSON_COLOURED = 120000;

function jsonTokens(source) {
  const pieces = [];
  let end = 0;
  for (const match of source.matchAll(JSON_TOKEN)) {
    if (match.index > end) pieces.push(source.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[2]) pieces.push(html`<span class="j-key">${match[1]}</span>`, match[2]);
    else if (match[1]) pieces.push(html`<span class=${/^"(\*|[\w-]+:\*|\*:\*)"$/.test(match[1]) ? "j-star" : "j-text"}>${match[1]}</span>`);
    else pieces.push(html`<span class="j-word">${match[0]}</span>`);
  }
  pieces.push(source.slice(end));
  return pieces;
}

function Json({ value, label }) {
  const source = useMemo(() => JSON.stringify(value, null, 2), [value]);
  const shown = useMemo(() => (source.length > JSON_COLOURED ? source : jsonTokens(source)), [source]);
  return html`<div class="code"><${Copy} value=${() => source} label=${label || "JSON"} />
    <pre tabindex="0" aria-label=${label || "JSON"}><code>${shown}</code></pre></div>`;
}

function Command({ value }) {
  return html`<div class="code command"><${Copy} value=${() => value} label="command" /><pre tabindex="0"><code>${value}</code></pre></div>`;
}

/** A policy document behind a line that opens; drawn only when it is open. */
function Policy({ policy, title, open }) {
  const [shown, setShown] = useState(Boolean(open));
  const drawn = usePrinting() || shown;
  if (isUnread(policy)) return html`<div class="policy"><b>${title}</b> <${Unread} value=${policy} /></div>`;
  if (!policy) return html`<div class="policy"><b>${title}</b> <span class="none">none</span></div>`;
  const page = policy.document === null && policy.arn && DB.assetById.get(policy.arn);
  const document_ = page && page.policy ? page.policy.document : policy.document;
  return html`<details class="policy" open=${drawn} onToggle=${(event) => setShown(event.currentTarget.open)}>
    <summary><b>${title || policy.name}</b> <${Pill}>${words(policy.kind)}<//>${policy.arn && html` <${AssetLink} id=${policy.arn} name=${policy.arn} mono=${true} />`}</summary>
    ${drawn && html`<div class="policy-body"><p class="muted mono">${policy.where ? whereText(policy.where) : ""}</p>
      ${policy.raw ? html`<${Command} value=${policy.raw} />` : html`<${Json} value=${document_} label=${`policy ${policy.name}`} />`}</div>`}
  </details>`;
}
