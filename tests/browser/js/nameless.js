// Controls that a screen reader could not name.
() =>
  [...document.querySelectorAll("a, button, input, select, summary")]
    .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label") || e.title || e.labels?.[0]?.textContent.trim()))
    .map((e) => e.outerHTML.slice(0, 120));
