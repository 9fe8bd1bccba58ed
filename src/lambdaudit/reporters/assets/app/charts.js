// Charts as inline SVG and bars. Every number is text too, so nothing depends on seeing a shape.
const RING = 2 * Math.PI * 42;

/** A ring of parts; `parts` are [name, amount, class, href]. */
function Ring({ parts, label, unit }) {
  const total = parts.reduce((sum, [, amount]) => sum + amount, 0);
  let start = 0;
  const gap = parts.filter(([, amount]) => amount).length > 1 ? 1.5 : 0;
  const arcs = parts.filter(([, amount]) => amount).map(([name, amount, tone]) => {
    const length = (amount / total) * RING;
    const arc = html`<circle class=${`arc ${tone}`} cx="50" cy="50" r="42" stroke-dasharray=${`${Math.max(length - gap, 0.6)} ${RING}`}
      stroke-dashoffset=${-start}><title>${`${name}: ${number(amount)}`}</title></circle>`;
    start += length;
    return arc;
  });
  return html`<div class="ring">
    <svg viewBox="0 0 100 100" role="img" aria-label=${`${label}: ${parts.map(([name, amount]) => `${name} ${amount}`).join(", ")}`}>
      <circle class="arc-back" cx="50" cy="50" r="42" />
      <g transform="rotate(-90 50 50)">${arcs}</g>
      <text x="50" y="51" class="ring-total">${number(total)}</text>
      <text x="50" y="64" class="ring-unit">${unit}</text>
    </svg>
    <ul class="legend">${parts.map(([name, amount, tone, href]) => html`<li><span class=${`dot ${tone}`}></span>
      <a href=${href}>${name}</a><b>${number(amount)}</b></li>`)}</ul>
  </div>`;
}

/** Bars for amounts by name, the biggest first; `hrefOf` gives each a place to go. */
function Bars({ counts, label, nameOf, hrefOf, most, dataName }) {
  const [all, setAll] = useState(false);
  const rows = Object.entries(counts).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = all ? rows : rows.slice(0, most || 7);
  const top = rows.length ? rows[0][1] : 0;
  if (!rows.length) return html`<${Empty}>None.<//>`;
  return html`<ul class="bars" aria-label=${label} data-chart=${dataName}>${shown.map(([name, amount]) => {
    const shownName = nameOf ? nameOf(name) : name;
    const href = hrefOf && hrefOf(name);
    return html`<li data-name=${name} data-amount=${amount}>
      <span class="bar-name" title=${name}>${href ? html`<a href=${href}>${shownName}</a>` : shownName}</span>
      <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-back" width="100" height="6" rx="1" />
        <rect class="bar-fill" width=${Math.max((amount / top) * 100, 0.8)} height="6" rx="1" /></svg>
      <b>${number(amount)}</b></li>`;
  })}</ul>
  ${rows.length > shown.length && html`<button type="button" class="more" onClick=${() => setAll(true)}>${number(rows.length - shown.length)} more</button>`}`;
}

/** How many findings of each severity, as one small bar. */
function Mix({ findings }) {
  const counts = SEVERITIES.map((name) => [name, findings.filter((finding) => finding.severity === name).length]);
  const label = counts.filter(([, amount]) => amount).map(([name, amount]) => `${amount} ${name}`).join(", ");
  return html`<span class="mix" title=${label || "no findings"}>${counts.map(
    ([name, amount]) => amount > 0 && html`<span class=${`mix-part fill-${name}`} aria-hidden="true">${number(amount)}</span>`,
  )}<span class="offscreen">${label || "no findings"}</span></span>`;
}
