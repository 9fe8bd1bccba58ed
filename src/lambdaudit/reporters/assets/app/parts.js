// Small pieces that every page uses.
function Severity({ value }) {
  return html`<span class="sev sev-${RANK[value] === undefined ? "none" : value}">${value}</span>`;
}

function Status({ value }) {
  const name = { fail: "failed", unknown: "unknown", error: "rule error" }[value] || words(value);
  return html`<span class=${cx("pill", `status-${value}`)}>${name}</span>`;
}

function Pill({ children, tone, title }) {
  return html`<span class=${cx("pill", tone && `tone-${tone}`)} title=${title}>${children}</span>`;
}

function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
}

const ICONS = {
  overview: "M2 2h5v6H2zM9 2h5v3.5H9zM9 7.5h5V14H9zM2 10h5v4H2z",
  findings: "M8 1.5 15 14H1zM8 6v4M8 11.6v.4",
  functions: "M3 14 7 6.5M4 2h2l5.5 12H14",
  assets: "M8 1.5 14 5v6l-6 3.5L2 11V5zM2 5l6 3.5L14 5M8 8.5v6",
  open: "M8 14.5a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13M6 6.2a2 2 0 1 1 2.8 1.9c-.6.3-.8.6-.8 1.4M8 11.4v.4",
  coverage: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
  rules: "M3 2h10v12H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10M11 11l3.5 3.5",
  theme: "M8 14.5a6.5 6.5 0 1 1 0-13zM8 1.5a6.5 6.5 0 0 1 0 13",
  help: "M6 6.2a2 2 0 1 1 2.8 1.9c-.6.3-.8.6-.8 1.4M8 12v.3",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  link: "M6.5 9.5 10 6M7 4.5l1.5-1.5a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5 7.5 13a3 3 0 0 1-4.3-4.3l1.5-1.5",
  right: "M6 3.5 10.5 8 6 12.5",
  left: "M10 3.5 5.5 8 10 12.5",
  check: "M3 8.5 6.5 12 13 4.5",
  out: "M6 3H3v10h10v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5",
};

async function copyText(value) {
  try {
    await navigator.clipboard.writeText(value);
    return;
  } catch {
    const area = document.createElement("textarea");
    area.value = value;
    area.className = "offscreen";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

function Copy({ value, label, icon }) {
  const [done, setDone] = useState(false);
  const copy = async (event) => {
    event.preventDefault();
    event.stopPropagation();
    await copyText(value());
    setDone(true);
    announce("Copied");
    setTimeout(() => setDone(false), 1400);
  };
  return html`<button type="button" class="copy" onClick=${copy} aria-label=${`Copy ${label}`} title=${`Copy ${label}`}>
    <${Icon} name=${done ? "check" : icon || "copy"} />
  </button>`;
}

/** Tell screen readers what happened, without moving the focus. */
function announce(message) {
  const region = document.getElementById("announce");
  if (region) region.textContent = message;
}

/** A name that leads to the page of an asset or function, where there is one. */
function AssetLink({ id, name, mono }) {
  const href = pageOf(id);
  const shown = name || lastOf(id);
  if (!href) return html`<span class=${cx(mono && "mono")} title=${text(id)}>${shown}</span>`;
  return html`<a class=${cx(mono && "mono")} href=${href} title=${text(id)}>${shown}</a>`;
}

/** An address on the web, only when it really is one. */
function WebLink({ href }) {
  if (!/^https:\/\/[\w.-]+(\/[^\s]*)?$/.test(href)) return html`<span class="mono">${href}</span>`;
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${href.replace(/^https:\/\//, "")} <${Icon} name="out" /></a>`;
}

function Section({ id, title, count, children, aside }) {
  return html`<section class="card section" id=${id} aria-labelledby=${`${id}-title`} tabindex="-1">
    <header class="section-head">
      <h2 id=${`${id}-title`}>${title}${count === undefined ? "" : html` <span class="count">${number(count)}</span>`}</h2>
      ${aside}
    </header>
    ${children}
  </section>`;
}

function Empty({ children }) {
  return html`<p class="empty">${children}</p>`;
}

function Table({ label, head, rows }) {
  return html`<div class="scroll-x"><table class="table" aria-label=${label}>
    <thead><tr>${head.map((name) => html`<th scope="col" class=${Array.isArray(name) && name[1]}>${Array.isArray(name) ? name[0] : name}</th>`)}</tr></thead>
    <tbody>${rows}</tbody>
  </table></div>`;
}

/** The first rows of a long list, and a button for the next hundreds. */
function Long({ rows, size, children }) {
  const [shown, setShown] = useState(size || 25);
  const rest = rows.length - shown;
  return html`${children(rows.slice(0, shown))}
  ${rest > 0 && html`<button type="button" class="button" onClick=${() => setShown(shown + 500)}>Show ${number(Math.min(rest, 500))} more of ${number(rest)}</button>`}`;
}
