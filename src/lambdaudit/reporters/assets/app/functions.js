// All functions, to search, filter and sort.
const FUNCTION_SORTS = {
  risk: (fn) => weight(DB.findingsOf.get(fn.id) || []),
  name: (fn) => fn.name,
  runtime: (fn) => runtimeOf(fn),
  role: (fn) => roleOf(fn),
  region: (fn) => fn.region,
};

const runtimeOf = (fn) => (typeof fn.runtime === "string" ? fn.runtime : isUnread(fn.runtime) && fn.package_type !== "Image" ? "not read" : "container image");
const roleOf = (fn) => (typeof fn.role === "string" && fn.role ? fn.role.split("/").pop() : isUnread(fn.role) ? "not read" : "none");
const triggersOf = (fn) => [...new Set(list(fn.triggers).filter((one) => one.status === "wired" || one.status === "disabled").map((one) => one.kind))];

function servicesOf(fn) {
  const role = typeof fn.role === "string" ? DB.assetById.get(fn.role) : null;
  return role && Array.isArray(role.access) ? role.access.map((row) => row.service) : [];
}

function Functions({ route }) {
  const query = route.query;
  const rows = useMemo(() => {
    const matches = matcher(query.q || "");
    return DB.functions.filter(
      (fn) =>
        (!query.runtime || runtimeOf(fn) === query.runtime) &&
        (!query.region || fn.region === query.region) &&
        (!query.account || fn.account === query.account) &&
        (!query.worst || (fn.worst || "none") === query.worst) &&
        (!query.trigger || triggersOf(fn).includes(query.trigger)) &&
        (!query.role || roleOf(fn) === query.role) &&
        (!query.service || servicesOf(fn).includes(query.service)) &&
        (!query.q || matches(functionHaystack(fn))),
    );
  }, [route.hash]);
  const sort = { key: Object.hasOwn(FUNCTION_SORTS, query.sort || "") ? query.sort : "risk", down: query.down ? query.down === "1" : !query.sort || query.sort === "risk" };
  const sorted = useMemo(() => {
    const keyed = rows.map((fn) => [FUNCTION_SORTS[sort.key](fn), fn]);
    keyed.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1].name < b[1].name ? -1 : 1) * (sort.down ? -1 : 1));
    return keyed.map(([, fn]) => fn);
  }, [rows, sort.key, sort.down]);
  const onSort = (key) => setQuery(route, { sort: key, down: key === sort.key ? (sort.down ? "0" : "1") : "" });
  return html`<div class="page page-list">
    <header class="page-head"><h1>Functions</h1></header>
    <div class="filters">
      <${Search} route=${route} placeholder="Search name, ARN, role, runtime, layer, tag" label="Search functions" />
      <span class="result" role="status" id="result">${plural(rows.length, "function")}</span>
    </div>
    <div class="filters">
      <${Choice} route=${route} name="worst" label="Worst finding" rows=${DB.functions} valueOf=${(fn) => fn.worst || "none"} />
      <${Choice} route=${route} name="runtime" label="Runtime" rows=${DB.functions} valueOf=${runtimeOf} />
      <${Choice} route=${route} name="trigger" label="Trigger" rows=${DB.functions} valueOf=${triggersOf} nameOf=${serviceName} />
      <${Choice} route=${route} name="service" label="Role names" rows=${DB.functions} valueOf=${servicesOf} nameOf=${serviceName} />
      <${Choice} route=${route} name="role" label="Role" rows=${DB.functions} valueOf=${roleOf} />
      <${Choice} route=${route} name="account" label="Account" rows=${DB.functions} valueOf=${(fn) => fn.account} />
      <${Choice} route=${route} name="region" label="Region" rows=${DB.functions} valueOf=${(fn) => fn.region} />
      <${Reset} route=${route} keep=${["sort", "down"]} />
    </div>
    ${sorted.length
      ? html`<${VirtualTable} label="Functions" rows=${sorted} rowHeight=${52} remember="functions" sort=${sort} onSort=${onSort}
          columns=${[["Function", "c-main", "name"], ["Risk", "c-risk", "risk"], ["Runtime", "c-runtime", "runtime"], ["Triggers", "c-triggers"], ["Role", "c-role", "role"], ["Where", "c-where", "region"]]}
          keyOf=${(fn) => fn.id} hrefOf=${(fn) => link("function", fn.id)} draw=${(fn) => html`<${FunctionCells} fn=${fn} />`} />`
      : html`<${Empty}>No function matches.<//>`}
  </div>`;
}

function functionHaystack(fn) {
  if (fn.haystack === undefined) {
    const tags = list(fn.tags).map((tag) => list(tag).join("="));
    const layers = list(fn.layers).map((layer) => layer.arn);
    Object.defineProperty(fn, "haystack", {
      value: [fn.id, text(fn.role), runtimeOf(fn), text(fn.description), text(fn.handler), ...tags, ...layers].join("\n").toLowerCase(),
    });
  }
  return fn.haystack;
}

function FunctionCells({ fn }) {
  const triggers = triggersOf(fn);
  return html`<div class="cell c-main" role="cell"><a class="row-link" href=${link("function", fn.id)}><span class="main-text">${fn.name}</span>
      <span class="sub">${text(isUnread(fn.description) ? "" : fn.description) || " "}</span></a></div>
    <div class="cell c-risk" role="cell"><${Mix} findings=${DB.findingsOf.get(fn.id) || []} /></div>
    <div class="cell c-runtime" role="cell"><span class="main-text">${runtimeOf(fn)}</span></div>
    <div class="cell c-triggers" role="cell"><span class="main-text">${triggers.map(serviceName).join(", ") || html`<span class="none">none seen</span>`}</span></div>
    <div class="cell c-role" role="cell"><span class="main-text">${roleOf(fn)}</span></div>
    <div class="cell c-where" role="cell"><span class="main-text">${fn.region}</span><span class="sub mono">${fn.account}</span></div>`;
}
