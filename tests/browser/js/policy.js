// What an attacker with a hole in the page would try next; answers the directives that stopped it, and what ran.
async () => {
  const seen = [];
  document.addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
  const tries = [
    () => {
      const script = document.createElement("script");
      script.text = "window.__ran = 1";
      document.body.append(script);
    },
    () => document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.__ran = 2'>"),
    () => {
      const image = document.createElement("img");
      image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
      document.body.append(image);
    },
    () => document.body.setAttribute("style", "color: red"),
    () => fetch("https://example.com/"),
  ];
  for (const attempt of tries) {
    try {
      await attempt();
    } catch (error) {
      seen.push(error.name);
    }
  }
  await new Promise((done) => setTimeout(done, 100));
  return [seen, window.__ran ?? null];
};
