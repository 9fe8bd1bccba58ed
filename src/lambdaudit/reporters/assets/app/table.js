// A list of any length: only the rows in view exist. Rows have one height; j, k and Enter move through them.
const EXTRA_ROWS = 8;
const HEAD_HEIGHT = 34;
const PRINTED_ROWS = 1000;
let activeList = null;
let printing = false;

/** `columns` are [name, css class, sort key or ""]; `draw(row)` gives the cells, `hrefOf(row)` where Enter leads. */
function VirtualTable({ label, columns, rows, draw, hrefOf, keyOf, rowHeight, sort, onSort, remember, rowClass }) {
  const box = useRef(null);
  const [top, setTop] = useState(() => scrolls.get(remember) || 0);
  const [height, setHeight] = useState(800);
  const [selected, setSelected] = useState(-1);
  usePrinting();

  useLayoutEffect(() => {
    const element = box.current;
    const measure = () => setHeight(element.clientHeight || 800);
    measure();
    element.scrollTop = scrolls.get(remember) || 0;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => setSelected(-1), [rows]);

  const select = (index) => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setSelected(next);
    const element = box.current;
    const from = next * rowHeight;
    const view = element.clientHeight - HEAD_HEIGHT;
    if (from < element.scrollTop) element.scrollTop = from;
    else if (from + rowHeight > element.scrollTop + view) element.scrollTop = from + rowHeight - view;
    setTop(element.scrollTop);
    announce(`Row ${next + 1} of ${rows.length}`);
  };
  activeList = {
    move: (step) => rows.length && select(selected < 0 ? (step > 0 ? Math.ceil(top / rowHeight) : rows.length - 1) : selected + step),
    edge: (last) => rows.length && select(last ? rows.length - 1 : 0),
    open: () => selected >= 0 && rows[selected] && go(hrefOf(rows[selected])),
    clear: () => (selected >= 0 ? (setSelected(-1), true) : false),
  };

  const scrolled = (event) => {
    scrolls.set(remember, event.currentTarget.scrollTop);
    setTop(event.currentTarget.scrollTop);
  };
  const first = printing ? 0 : Math.max(0, Math.floor(top / rowHeight) - EXTRA_ROWS);
  const last = printing ? Math.min(rows.length, PRINTED_ROWS) : Math.min(rows.length, Math.ceil((top + height) / rowHeight) + EXTRA_ROWS);
  const shown = rows.slice(first, last);
  return html`<div class="vtable" role="table" aria-label=${label} aria-rowcount=${rows.length + 1}>
    <div class="vbody" role="presentation" ref=${box} onScroll=${scrolled} tabindex="-1">
    <div class="vhead vrow" role="row" aria-rowindex="1">${columns.map(([name, css, key]) => html`<div class=${cx("cell", css)} role="columnheader"
      aria-sort=${key && sort && sort.key === key ? (sort.down ? "descending" : "ascending") : undefined}>
      ${key && onSort ? html`<button type="button" onClick=${() => onSort(key)}>${name}${sort && sort.key === key ? (sort.down ? " ↓" : " ↑") : ""}</button>` : name}
    </div>`)}</div>
      <div class="vspace" role="rowgroup" style=${{ height: `${(printing ? shown.length : rows.length) * rowHeight}px` }}>
        <div class="vshift" role="presentation" style=${{ transform: `translateY(${first * rowHeight}px)` }}>
          ${shown.map((row, offset) => {
            const index = first + offset;
            return html`<div key=${keyOf(row)} role="row" aria-rowindex=${index + 2} aria-selected=${index === selected}
              class=${cx("vrow", index === selected && "selected", rowClass && rowClass(row))} style=${{ height: `${rowHeight}px` }}
              onClick=${(event) => openRowAt(event, hrefOf(row))}>${draw(row)}</div>`;
          })}
        </div>
      </div>
    </div>
  </div>`;
}

/** A click anywhere in a row opens it, unless it was on a link or marks text. */
function openRowAt(event, href) {
  if (event.target.closest("a,button") || String(getSelection())) return;
  go(href);
}

const printers = new Set();

/** Whether the page is being printed; what asks is drawn again when that changes. */
function usePrinting() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const print = () => redraw((turn) => turn + 1);
    printers.add(print);
    return () => printers.delete(print);
  }, []);
  return printing;
}

addEventListener("beforeprint", () => {
  printing = true;
  for (const print of printers) print();
});
addEventListener("afterprint", () => {
  printing = false;
  for (const print of printers) print();
});
