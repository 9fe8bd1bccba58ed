// The neighbourhood of a function, drawn from coordinates that the report brings along.
const BOX = { width: 172, height: 34 };

function shorten(label, most) {
  const characters = [...label];
  return characters.length > most ? characters.slice(0, most - 1).join("") + "…" : label;
}

function Neighbourhood({ id }) {
  const picture = DB.pictures.get(id);
  if (!picture || picture.nodes.length < 2) return html`<${Empty}>Nothing is tied to this function.<//>`;
  const pad = 6;
  const view = `${-pad} ${-pad} ${picture.width + 2 * pad} ${picture.height + 2 * pad}`;
  return html`<div class="scroll-x" tabindex="0"><svg class="graph" viewBox=${view} width=${picture.width + 2 * pad} height=${picture.height + 2 * pad} role="img"
      aria-label=${`${picture.nodes.length - 1} neighbours; they are listed further down`}>
    ${picture.lines.map((line) => html`<${Line} line=${line} nodes=${picture.nodes} />`)}
    ${picture.nodes.map((node) => html`<${Box} node=${node} />`)}
  </svg></div>`;
}

function Line({ line: [from, to, label, tone], nodes }) {
  const x1 = nodes[from][4] + BOX.width;
  const y1 = nodes[from][5];
  const x2 = nodes[to][4];
  const y2 = nodes[to][5];
  const middle = (x1 + x2) / 2;
  const toCenter = nodes[to][3] === "center";
  const at = toCenter ? 0.4 : 0.6;
  return html`<g class=${cx("line", tone && `line-${tone}`)}>
    <path d=${`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} />
    ${label && html`<text x=${x1 + (x2 - x1) * at} y=${(toCenter ? y1 + (y2 - y1) * 0.2 : y2 - (y2 - y1) * 0.2) + 3.5}>${shorten(label, 16)}</text>`}
  </g>`;
}

function Box({ node: [id, kind, label, tone, x, y] }) {
  const href = tone === "center" ? "" : pageOf(id);
  const worst = worstOf(id);
  const body = html`<title>${id || label}</title>
    <rect x=${x} y=${y - BOX.height / 2} width=${BOX.width} height=${BOX.height} rx="6" />
    ${worst && html`<rect class=${`mark fill-${worst}`} x=${x} y=${y - BOX.height / 2 + 6} width="3" height=${BOX.height - 12} rx="1.5" />`}
    <foreignObject x=${x + 10} y=${y - BOX.height / 2 + 2} width=${BOX.width - 16} height=${BOX.height - 4}>
      <div class="box-text"><span>${boxKind(kind)}</span><b>${label}</b></div></foreignObject>`;
  const name = cx("box", `box-${kind.replace(/[^a-z-]/g, "")}`, tone && `box-${tone}`);
  return href ? html`<a class=${name} href=${href}>${body}</a>` : html`<g class=${name}>${body}</g>`;
}

const boxKind = (kind) => (Object.hasOwn(SERVICES, kind) && kind !== "*" ? SERVICES[kind] : kind === "rest" ? "and" : kindName(kind));

/** The worst severity among the findings of an asset or function; an empty text when it has none. */
function worstOf(id) {
  const found = DB.findingsOf.get(id) || [];
  return found.reduce((worst, finding) => (worst === "" || RANK[finding.severity] < RANK[worst] ? finding.severity : worst), "");
}
