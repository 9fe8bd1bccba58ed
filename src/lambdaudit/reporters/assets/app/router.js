// Where we are: #/page/id?filter=value. The address is the only state that a link has to carry.
function link(page, id, query) {
  const pairs = Object.entries(query || {}).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const tail = pairs.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&");
  return `#/${page}${id ? "/" + encodeURIComponent(id) : ""}${tail ? "?" + tail : ""}`;
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parseHash(hash) {
  const [path, tail] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const slash = path.indexOf("/");
  const page = slash < 0 ? path : path.slice(0, slash);
  const query = {};
  for (const pair of (tail || "").split("&").filter(Boolean)) {
    const [key, value] = pair.split(/=(.*)/s);
    query[decode(key)] = decode(value || "");
  }
  return { page: page || "overview", id: slash < 0 ? "" : decode(path.slice(slash + 1)), query, hash };
}

/** The page of an asset: a function's own, for versions and aliases too; an empty text when the report has none. */
function pageOf(id) {
  if (DB.functionById.has(unqualified(id))) return link("function", unqualified(id));
  return DB.assetById.has(id) ? link("asset", id) : "";
}

const listeners = new Set();
const scrolls = new Map();
let lastList = link("findings");

function useRoute() {
  const [route, setRoute] = useState(() => parseHash(location.hash));
  useEffect(() => {
    const update = () => setRoute(parseHash(location.hash));
    listeners.add(update);
    addEventListener("hashchange", update);
    return () => {
      listeners.delete(update);
      removeEventListener("hashchange", update);
    };
  }, []);
  return route;
}

function go(href) {
  if (href) location.hash = href;
}

/** Change the filter of the page that is shown, without a new entry in the history. */
function setQuery(route, changes) {
  const href = link(route.page, route.id, { ...route.query, ...changes });
  history.replaceState(null, "", href);
  for (const update of listeners) update();
}
