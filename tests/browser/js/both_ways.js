// From the pages of functions to their findings and back; answers the finding that does not lead back, or how many do.
async () => {
  const ids = (selector) => [...document.querySelectorAll(selector)].map((a) => decodeURIComponent(a.hash.split("/")[2]));
  const until = async (test) => {
    for (let turn = 0; turn < 400 && !test(); turn++) await new Promise((done) => setTimeout(done, 5));
  };
  const show = async (address, test) => {
    location.hash = address;
    await new Promise((done) => setTimeout(done, 5));
    await until(test);
  };
  await show("#/functions", () => document.querySelector(".vtable"));
  const pages = [...document.querySelectorAll(".vspace a.row-link")].map((a) => a.hash).slice(0, 12);
  const seen = {};
  for (const address of pages) {
    const fn = decodeURIComponent(address.split("/")[2]);
    await show(address, () => document.querySelector("article.function .hero-meta")?.textContent.includes(fn));
    for (const fingerprint of ids("#findings a")) (seen[fingerprint] ||= []).push(fn);
  }
  for (const [fingerprint, functions] of Object.entries(seen)) {
    await show("#/finding/" + fingerprint, () => document.querySelector("#about")?.textContent.includes(fingerprint));
    const affected = new Set(ids("#affected a"));
    if (!functions.every((fn) => affected.has(fn))) return fingerprint;
  }
  return Object.keys(seen).length;
};
