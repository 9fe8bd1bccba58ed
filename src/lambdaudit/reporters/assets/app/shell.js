// The frame around every page: navigation, keyboard, theme; and the start of it all.
const PAGES = [
  ["overview", "Overview", Overview, null],
  ["findings", "Findings", Findings, () => DB.statistics.findings],
  ["functions", "Functions", Functions, () => DB.statistics.functions],
  ["assets", "Resources", Assets, () => DB.assets.length],
  ["coverage", "Coverage", Coverage, () => DB.gaps.length],
  ["rules", "Rules", Rules, () => DB.rules.length],
];
const DETAIL = { finding: [FindingPage, "findings"], function: [FunctionPage, "functions"], asset: [AssetPage, "assets"] };

const KEYS = [
  ["/", "search"],
  ["j  k", "next, previous row or finding"],
  ["Enter", "open the row"],
  ["Esc", "back, or close"],
  ["g then o f u r c", "go to overview, findings, functions, resources, coverage"],
  ["Ctrl K", "go to anything by name"],
  ["t", "light or dark"],
  ["?", "this list"],
];
const GO = { o: "overview", f: "findings", u: "functions", r: "assets", c: "coverage" };

function App() {
  const route = useRoute();
  const [dialog, setDialog] = useState("");
  const [theme, setTheme] = useTheme();
  const main = useRef(null);
  const detail = Object.hasOwn(DETAIL, route.page) ? DETAIL[route.page] : null;
  const page = PAGES.find(([name]) => name === route.page) || PAGES[0];
  activeList = null;
  const View = detail ? detail[0] : page[2];
  const current = detail ? detail[1] : page[0];
  const flip = () => setTheme(isDark() ? "light" : "dark");
  useKeyboard(route, dialog, setDialog, flip);
  useEffect(() => {
    if (main.current.scrollTop) main.current.scrollTop = 0;
    document.title = titleOf(route, page[1]);
  }, [route.page, route.id]);
  return html`<a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); main.current.focus(); }}>Skip to the content</a>
    <header class="side">
      <a class="brand" href="#/overview"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 20 11 8M7 4h3l8 16h2" /></svg>lambdaudit</a>
      <button type="button" class="jump" onClick=${() => setDialog("palette")}><${Icon} name="search" /><span>Go to</span><kbd>Ctrl K</kbd></button>
      <nav aria-label="Pages">${PAGES.map(([name, label, , amount]) => html`<a href=${link(name)} aria-current=${name === current ? "page" : undefined}>
        <${Icon} name=${name} /><span>${label}</span>${amount && html`<b>${number(amount())}</b>`}</a>`)}</nav>
      <div class="side-foot"><p>${day(DB.created)}</p><p>${DB.tool}</p>
        <div><button type="button" class="icon-button" id="theme" onClick=${flip} aria-label=${`Switch to ${isDark() ? "light" : "dark"} colours`} title="Light or dark (t)"><${Icon} name="theme" /></button>
          <button type="button" class="icon-button" onClick=${() => setDialog("help")} aria-label="Keyboard" title="Keyboard (?)"><${Icon} name="help" /></button></div></div>
    </header>
    <main id="main" tabindex="-1" ref=${main}><${Guard} key=${route.page + route.id}><${View} key=${route.page + route.id} route=${route} /><//></main>
    <div id="announce" class="offscreen" role="status" aria-live="polite"></div>
    ${dialog === "help" && html`<${Help} close=${() => setDialog("")} />`}
    ${dialog === "palette" && html`<${Palette} close=${() => setDialog("")} />`}`;
}

/** A page that cannot be drawn says so, and leaves the rest usable. */
class Guard extends Component {
  componentDidCatch(error) {
    this.setState({ error });
  }
  render({ children }, { error }) {
    if (!error) return children;
    return html`<div class="page" role="alert"><h1>This page could not be drawn</h1><p class="mono">${String(error)}</p><p><a href="#/overview">To the overview</a></p></div>`;
  }
}

function titleOf(route, name) {
  const item = route.page === "finding" ? DB.findingById.get(route.id) : route.page === "function" ? DB.functionById.get(route.id) : DB.assetById.get(route.id);
  return `${item ? item.message || item.name : name} · lambdaudit`;
}

function Help({ close }) {
  const box = useRef(null);
  useEffect(() => box.current.focus(), []);
  return html`<div class="veil" onClick=${close}><div class="palette help" role="dialog" aria-modal="true" aria-label="Keyboard" tabindex="-1" ref=${box} onClick=${(event) => event.stopPropagation()}>
    <h2>Keyboard</h2><dl>${KEYS.map(([keys, what]) => html`<div><dt>${keys.split(/ +/).map((key) => (key === "then" ? "then " : html`<kbd>${key}</kbd> `))}</dt><dd>${what}</dd></div>`)}</dl>
    <p><button type="button" class="button" onClick=${close}>Close</button></p></div></div>`;
}

const isDark = () => getComputedStyle(document.documentElement).colorScheme === "dark" || (document.documentElement.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);

function useTheme() {
  const [theme, set] = useState(document.documentElement.dataset.theme);
  const change = (next) => {
    document.documentElement.dataset.theme = next;
    store("lambdaudit-theme", next);
    set(next);
  };
  return [theme, change];
}

/** A page opened from a file may have no storage. */
function store(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(name);
    localStorage.setItem(name, value);
  } catch {
    return null;
  }
  return null;
}

/** One listener for the life of the page; what it needs to know is put into `now` with every drawing. */
function useKeyboard(route, dialog, setDialog, flip) {
  const now = useRef({});
  const pending = useRef("");
  now.current = { route, dialog, flip };
  useEffect(() => {
    const press = (event) => {
      const { route, dialog, flip } = now.current;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setDialog("palette");
        return undefined;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
      if (event.key === "Escape") return escape(event, route, dialog, setDialog);
      if (event.key === "Tab" && dialog) return keepFocus(event);
      if (dialog || /^(input|select|textarea)$/i.test(event.target.tagName)) return undefined;
      const first = pending.current;
      pending.current = "";
      if (first === "g" && Object.hasOwn(GO, event.key)) return go(link(GO[event.key]));
      return act(event, pending, setDialog, flip);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** Tab stays inside an open dialog. */
function keepFocus(event) {
  event.preventDefault();
  const stops = [...document.querySelectorAll("[role=dialog] input, [role=dialog] button")];
  const next = stops.indexOf(document.activeElement) + (event.shiftKey ? -1 : 1);
  stops.at(next % stops.length).focus();
}

function act(event, pending, setDialog, flip) {
  const onControl = event.target.closest("a,button,summary");
  const acts = {
    "/": () => {
      const box = document.getElementById("search");
      if (box) box.select();
      else setDialog("palette");
    },
    "?": () => setDialog("help"),
    t: flip,
    g: () => (pending.current = "g"),
    j: () => (stepper ? stepper(1) : activeList && activeList.move(1)),
    k: () => (stepper ? stepper(-1) : activeList && activeList.move(-1)),
    Home: () => activeList && activeList.edge(false),
    End: () => activeList && activeList.edge(true),
    Enter: () => !onControl && activeList && activeList.open(),
  };
  if (!Object.hasOwn(acts, event.key) || (event.key === "Enter" && onControl)) return;
  event.preventDefault();
  acts[event.key]();
}

function escape(event, route, dialog, setDialog) {
  event.preventDefault();
  if (dialog) return setDialog("");
  if (/^(input|select)$/i.test(event.target.tagName)) return event.target.blur();
  if (activeList && activeList.clear()) return undefined;
  if (route.page === "finding") return go(lastList);
  if (Object.hasOwn(DETAIL, route.page)) return history.length > 1 ? history.back() : go(link(DETAIL[route.page][1]));
  return undefined;
}

async function start() {
  const stored = store("lambdaudit-theme");
  if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
  const root = document.getElementById("app");
  try {
    indexData(await loadData());
    render(html`<${App} />`, root);
    document.documentElement.dataset.ready = "yes";
  } catch (error) {
    root.className = "broken";
    root.textContent = `This report cannot be shown: ${error}. A current browser is needed; the JSON report holds the same.`;
    throw error;
  }
}

start();
