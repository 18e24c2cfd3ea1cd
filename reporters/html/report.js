"use strict";
// Makes the report convenient; everything in it can be read without this script.
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const labels = document.currentScript.dataset;
  const form = one(".filter");
  const findings = all(".finding");
  const bodies = new Map(findings.map((f) => [one(".body", f).id, f]));
  let named = null; // the finding that the address names; no filter hides it

  document.documentElement.classList.add("script");

  // Filter. It stands in the address, so that what is left of a report can be passed on.

  const address = "#findings?";
  const fields = ["text", "level", "area"];
  const boxes = () => all("[name=status]", form);

  function remember() {
    const chosen = new URLSearchParams();
    if (!boxes().every((box) => box.checked)) {
      chosen.set("status", boxes().filter((box) => box.checked).map((box) => box.value).join(" "));
    }
    for (const name of fields) {
      const value = one("#filter-" + name).value.trim();
      if (value) chosen.set(name, value);
    }
    if (!String(chosen) && !location.hash.startsWith(address)) return;
    try {
      history.replaceState(null, "", String(chosen) ? address + chosen : "#findings");
    } catch { /* a frame without an address of its own */ }
  }

  function restore() {
    const chosen = new URLSearchParams(location.hash.slice(address.length));
    for (const name of fields) {
      const field = one("#filter-" + name);
      field.value = chosen.get(name) ?? "";
      if (field.selectedIndex < 0) field.value = ""; // no finding has that level or area
    }
    const statuses = chosen.get("status");
    boxes().forEach((box) => { box.checked = statuses === null || statuses.split(" ").includes(box.value); });
  }

  const texts = new Map();
  function textOf(finding) {
    if (!texts.has(finding)) {
      const parts = [one("summary", finding), one(".facts", finding), one(".clauses", finding)];
      texts.set(finding, parts.map((p) => (p ? p.textContent : "")).join(" ").toLowerCase());
    }
    return texts.get(finding);
  }

  function filter() {
    const words = one("#filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const level = one("#filter-level").value;
    const area = one("#filter-area").value;
    const statuses = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const f of findings) {
      const fits = statuses.has(f.dataset.status) && (!level || f.dataset.level === level) &&
        (!area || f.dataset.area === area) && words.every((word) => textOf(f).includes(word));
      f.hidden = !fits && f !== named;
      if (!f.hidden) shown++;
    }
    for (const group of all(".group")) {
      const visible = all(".finding", group).filter((f) => !f.hidden).length;
      group.hidden = visible === 0;
      one("h3 .number", group).textContent = visible;
    }
    one(".nothing").hidden = shown > 0;
    const count = one("#filter-count");
    const numbers = [shown, findings.length];
    const said = count.dataset.say.replace(/%s/g, () => numbers.shift());
    if (count.textContent !== said) count.textContent = said;
  }

  function narrow(choose) {
    form.reset();
    choose();
    named = null;
    filter();
    remember();
    one("#findings").scrollIntoView();
    one("#findings").focus({ preventScroll: true });
  }

  if (form) {
    let pending = 0;
    let later = 0;
    form.addEventListener("input", () => {
      cancelAnimationFrame(pending);
      pending = requestAnimationFrame(filter);
      clearTimeout(later);
      const before = location.hash;
      later = setTimeout(() => { // browsers bound how often an address may change
        if (location.hash === before) remember(); // else it names something else by now
      }, 200);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => { filter(); remember(); }));
    one("#expand").addEventListener("click", () => findings.forEach((f) => { if (!f.hidden) f.open = true; }));
    one("#collapse").addEventListener("click", () => findings.forEach((f) => { f.open = false; }));
    for (const link of all("a[data-status], a[data-area]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        narrow(() => {
          if (link.dataset.area) one("#filter-area").value = link.dataset.area;
          else boxes().forEach((box) => { box.checked = box.value === link.dataset.status; });
        });
      });
    }
    filter();
  }

  // Evidence: it stands once in the page and is copied to where it is looked at.

  const fill = new WeakMap(); // how the content of evidence gets into its element

  function embed(item) {
    const link = one("a", item);
    const source = document.getElementById(link.hash.slice(1));
    if (!source) return;
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    const id = document.createElement("code");
    id.textContent = link.textContent;
    summary.append(id, " ", ...[...item.childNodes].filter((node) => node !== link));
    details.className = source.parentElement.className;
    details.append(summary);
    fill.set(details, () => {
      if (details.children.length > 1) return;
      const copy = source.cloneNode(true);
      copy.removeAttribute("id");
      all(".copy, .enlarge", copy).forEach((made) => made.remove());
      details.append(copy);
      furnish(copy);
    });
    details.addEventListener("toggle", () => { if (details.open) fill.get(details)(); });
    item.replaceChildren(details);
  }

  function button(name, text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = name;
    made.textContent = text;
    made.addEventListener("click", () => act(made));
    return made;
  }

  function furnish(content) {
    for (const curl of all(".curl", content)) {
      if (curl.previousElementSibling?.matches(".copy")) continue;
      curl.before(button("copy", labels.copy, () => copyText(one("pre", curl).textContent)));
    }
    for (const film of all(".film", content)) {
      if (!one("img", film) || film.previousElementSibling?.matches(".enlarge")) continue;
      const enlarge = button("enlarge", labels.enlarge, (b) => b.setAttribute("aria-pressed", film.classList.toggle("large")));
      enlarge.setAttribute("aria-pressed", "false");
      film.before(enlarge);
    }
  }

  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (!details.open) return;
    if (details.matches("section > .item, .all > .item")) furnish(details);
    if (details.matches(".finding")) lay(details);
  }, true);

  // lay puts the evidence of a finding within reach, and shows its first journey.
  function lay(finding) {
    if (finding.dataset.laid) return;
    finding.dataset.laid = "yes";
    all(".refs li", finding).forEach((item) => one("a", item) && embed(item));
    const journey = one(".refs.journeys details", finding);
    if (!journey) return;
    fill.get(journey)();
    journey.open = true;
  }

  async function copyText(text) {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = copySelected(text);
    }
    const said = one("#said");
    said.textContent = "";
    requestAnimationFrame(() => { said.textContent = done ? said.dataset.copied : said.dataset.notCopied; });
    said.classList.add("toast");
    setTimeout(() => said.classList.remove("toast"), 2500);
  }

  function copySelected(text) {
    const back = document.activeElement;
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    let done = false;
    try { done = document.execCommand("copy"); } catch { /* told by the caller */ }
    area.remove();
    back?.focus();
    return done;
  }

  // The address names a finding, an exchange, a journey or a filter.

  function reveal() {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* taken as it stands */ }
    const target = id && document.getElementById(id);
    named = (target && bodies.get(id)) || null;
    const filtered = form && location.hash.startsWith(address);
    if (filtered) restore();
    if (form) filter();
    if (filtered) one("#findings").scrollIntoView();
    if (!target || target.tagName === "SECTION") return;
    for (let at = target.parentElement; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    const details = target.closest("details");
    if (!details) return;
    details.scrollIntoView();
    one("summary", details).focus({ preventScroll: true });
  }
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.hash === location.hash && !event.defaultPrevented) reveal(); // no hashchange comes
  });
  reveal();

  // On paper: what needs a reader is opened, what passed is listed.

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = findings.filter((f) => !f.hidden && !f.open && f.dataset.status !== "pass");
    opened.forEach((f) => { f.open = true; lay(f); }); // the event that a finding opened would come too late
  });
  addEventListener("afterprint", () => opened.forEach((f) => { f.open = false; }));
})();
