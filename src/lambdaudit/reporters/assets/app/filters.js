// Search and filters above a list; what is chosen stands in the address.
function Search({ route, placeholder, label }) {
  const [value, setValue] = useState(route.query.q || "");
  const timer = useRef(0);
  useEffect(() => {
    if ((route.query.q || "") !== value.trim()) setValue(route.query.q || "");
  }, [route.query.q]);
  const input = (event) => {
    const typed = event.currentTarget.value;
    setValue(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery(parseHash(location.hash), { q: typed.trim() }), 90);
  };
  return html`<label class="search"><${Icon} name="search" /><span class="offscreen">${label}</span>
    <input type="search" id="search" autocomplete="off" spellcheck="false" placeholder=${placeholder} value=${value} onInput=${input} /><kbd>/</kbd></label>`;
}

/** A choice among the values that a field has, with how many rows have each. */
function Choice({ route, name, label, rows, valueOf, nameOf }) {
  const counts = useMemo(() => {
    const found = new Map();
    for (const row of rows) for (const value of [].concat(valueOf(row))) if (value) found.set(value, (found.get(value) || 0) + 1);
    return [...found].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }, [rows]);
  const chosen = route.query[name] || "";
  if (counts.length < 2 && !chosen) return null;
  const known = counts.some(([value]) => value === chosen);
  return html`<label class=${cx("choice", chosen && "chosen")}><span class="offscreen">${label}</span>
    <select value=${chosen} data-filter=${name} onChange=${(event) => setQuery(route, { [name]: event.currentTarget.value })}>
      <option value="" selected=${!chosen}>${label}: all</option>
      ${chosen && !known && html`<option value=${chosen} selected>${chosen} (0)</option>`}
      ${counts.map(([value, amount]) => html`<option value=${value} selected=${value === chosen}>${shorten(nameOf ? nameOf(value) : value, 60)} (${number(amount)})</option>`)}
    </select></label>`;
}

/** Severities to switch on and off, with their numbers. */
function SeverityChoice({ route, rows }) {
  const chosen = new Set((route.query.severity || "").split(",").filter(Boolean));
  const counts = useMemo(() => {
    const found = Object.fromEntries(SEVERITIES.map((name) => [name, 0]));
    for (const row of rows) if (row.severity) found[row.severity] += 1;
    return found;
  }, [rows]);
  const toggle = (name) => {
    if (!chosen.delete(name)) chosen.add(name);
    setQuery(route, { severity: SEVERITIES.filter((one) => chosen.has(one)).join(",") });
  };
  return html`<div class="chips" role="group" aria-label="Severity">${SEVERITIES.map((name) => html`<button type="button"
    class=${cx("chip", `chip-${name}`)} aria-pressed=${chosen.has(name) ? "true" : "false"} onClick=${() => toggle(name)} data-severity=${name}>
    <span class=${`dot fill-${name}`}></span>${capital(name)} <b>${number(counts[name])}</b></button>`)}</div>`;
}

function Reset({ route, keep }) {
  const used = Object.keys(route.query).filter((name) => !(keep || []).includes(name) && route.query[name]);
  if (!used.length) return null;
  return html`<button type="button" class="button quiet" id="reset" onClick=${() => setQuery(route, Object.fromEntries(used.map((name) => [name, ""])))}>Clear filters</button>`;
}
