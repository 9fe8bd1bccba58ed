// What must not be there when every text of a report is an attack.
() => ({
  hit: window.__hit ?? null,
  scripts: document.scripts.length,
  elements: document.querySelectorAll("img, iframe, object, embed, form, base, link, meta[http-equiv=refresh], video, audio, math").length,
  handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
  links: [...document.querySelectorAll("a")]
    .map((a) => a.getAttribute("href") ?? "")
    .filter((href) => href && !href.startsWith("#") && !href.startsWith("https://docs.aws.amazon.com/")),
  hidden: /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.test(document.body.innerText),
  broken: document.querySelector("[role=alert]")?.textContent ?? null,
});
