// Jump to anything by name.
const PALETTE_ROWS = 12;

function palettePlaces() {
  if (!DB.places) {
    DB.places = [
      ...PAGES.map(([page, name]) => ({ kind: "page", name, href: link(page), hay: name.toLowerCase() })),
      ...DB.functions.map((fn) => ({ kind: "function", name: fn.name, sub: `${fn.region} ${fn.account}`, href: link("function", fn.id), hay: `${fn.name}\n${fn.id}`.toLowerCase() })),
      ...DB.assets.map((asset) => ({ kind: kindName(asset.kind), name: asset.name || asset.id, sub: asset.id, href: link("asset", asset.id), hay: `${asset.name}\n${asset.id}`.toLowerCase() })),
      ...DB.findings.map((finding) => ({ kind: finding.severity, name: finding.message, sub: finding.rule, href: link("finding", finding.fingerprint), hay: `${finding.message}\n${finding.rule}\n${finding.fingerprint}`.toLowerCase() })),
    ];
  }
  return DB.places;
}

function Palette({ close }) {
  const [value, setValue] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.focus();
    return () => before && before.focus && before.focus();
  }, []);
  const found = useMemo(() => {
    const matches = matcher(value);
    const rows = [];
    for (const place of palettePlaces()) {
      if (matches(place.hay)) rows.push(place);
      if (rows.length === PALETTE_ROWS) break;
    }
    return rows;
  }, [value]);
  const open = (place) => {
    close();
    go(place.href);
  };
  const key = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setAt((at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(found.length, 1));
    } else if (event.key === "Enter" && found[at]) {
      event.preventDefault();
      open(found[at]);
    }
  };
  return html`<div class="veil" onClick=${close}><div class="palette" role="dialog" aria-modal="true" aria-label="Go to" onClick=${(event) => event.stopPropagation()}>
    <label class="search"><${Icon} name="search" /><span class="offscreen">Go to</span>
      <input ref=${box} type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${found[at] ? `place-${at}` : ""} autocomplete="off" spellcheck="false"
        placeholder="Go to a function, resource, finding or page" value=${value} onKeyDown=${key}
        onInput=${(event) => {
          setValue(event.currentTarget.value);
          setAt(0);
        }} /></label>
    <ul id="palette-list" role="listbox">${found.map((place, index) => html`<li id=${`place-${index}`} role="option" aria-selected=${index === at ? "true" : "false"} onClick=${() => open(place)}>
      <span class="place-kind">${place.kind}</span><span class="place-name">${place.name}</span><span class="place-sub mono">${place.sub || ""}</span></li>`)}</ul>
    ${!found.length && html`<${Empty}>Nothing with that name.<//>`}
  </div></div>`;
}
