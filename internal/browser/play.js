// Plays one step of a recording in the isolated world of a document: finds the element by the first
// alternative that leads to one, and uses it. With dry it only says whether the step applies.
async step => {
  "use strict";
  const MAX_ROOTS = 200, MAX_ELEMENTS = 20000, SETTLE = 30;

  const squeeze = s => (s || "").replace(/\s+/g, " ").trim();
  const visible = e => !!e && (e.checkVisibility ? e.checkVisibility({ visibilityProperty: true }) : e.getClientRects().length > 0);
  const reachable = e => visible(e) || (/^(radio|checkbox)$/.test(e.type) && [...(e.labels || [])].some(visible));

  // within returns root and the open shadow roots in it.
  const within = root => {
    const found = [root];
    for (let i = 0; i < found.length && found.length < MAX_ROOTS; i++) {
      for (const e of found[i].querySelectorAll("*")) if (e.shadowRoot && found.length < MAX_ROOTS) found.push(e.shadowRoot);
    }
    return found;
  };
  const everywhere = (root, selector) => within(root).flatMap(r => [...r.querySelectorAll(selector)]).slice(0, MAX_ELEMENTS);

  const byIds = e => squeeze((e.getAttribute("aria-labelledby") || "").split(/\s+/)
    .map(id => id && e.getRootNode().getElementById(id)).filter(Boolean).map(x => x.textContent).join(" "));
  const name = e => byIds(e) || squeeze(e.getAttribute("aria-label")) ||
    squeeze([...(e.labels || [])].map(l => l.textContent).join(" ")) ||
    (/^(INPUT)$/.test(e.tagName) && /^(submit|button|reset|image)$/.test(e.type) ? squeeze(e.value || e.alt) : "") ||
    squeeze(e.getAttribute("alt")) ||
    (/^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName) ? squeeze(e.title) || squeeze(e.placeholder) : squeeze(e.textContent) || squeeze(e.title));
  const role = e => e.getAttribute("role") || ({ A: "link", BUTTON: "button", SELECT: "combobox", TEXTAREA: "textbox", H1: "heading", H2: "heading",
    H3: "heading", IMG: "img", TR: "row", TD: "cell", LI: "listitem" })[e.tagName] || (e.tagName === "INPUT" &&
    ({ submit: "button", button: "button", image: "button", radio: "radio", checkbox: "checkbox" })[e.type] || (e.tagName === "INPUT" ? "textbox" : "generic"));

  const find = (root, selector) => {
    const [, kind, rest] = /^(aria|text|xpath|pierce|css)\/([^]*)$/.exec(selector) || [null, "css", selector];
    switch (kind) {
      case "aria": {
        const [, wanted, attributes] = /^([^]*?)((?:\[\s*[\w-]+\s*=\s*"[^"]*"\s*\])*)$/.exec(rest);
        const asked = /\[\s*role\s*=\s*"([^"]*)"/.exec(attributes);
        return everywhere(root, "*").filter(e => (!asked || role(e) === asked[1]) && (!wanted || name(e) === squeeze(wanted)) && (asked || role(e) !== "generic"));
      }
      case "text": {
        const holds = e => squeeze(e.tagName === "INPUT" && /^(submit|button)$/.test(e.type) ? e.value : e.textContent).includes(squeeze(rest));
        return everywhere(root, "*").filter(e => !/^(SCRIPT|STYLE|HEAD|TITLE|HTML)$/.test(e.tagName) && holds(e) && ![...e.children].some(holds));
      }
      case "xpath": {
        const hits = document.evaluate(rest, root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
        return Array.from({ length: Math.min(hits.snapshotLength, MAX_ELEMENTS) }, (_, i) => hits.snapshotItem(i)).filter(e => e.nodeType === Node.ELEMENT_NODE);
      }
      case "pierce": return everywhere(root, rest);
      default: return [...root.querySelectorAll(rest)];
    }
  };
  const follow = chain => chain.reduce((roots, selector) => roots.flatMap(r => find(r.shadowRoot || r, selector)), [document]);

  let invalid = "";
  const matches = chain => {
    try { return follow(chain); } catch (e) { invalid = `the selector ${chain.join(" ")} cannot be used: ${e.message}`; return []; }
  };
  const element = () => {
    for (const chain of step.selectors || []) {
      const hits = matches(chain);
      const usable = e => reachable(e) && (!/click/i.test(step.act) || !chain.at(-1).startsWith("text/") || e.closest("button,a,input,label,select,summary,[role],[tabindex],[onclick]"));
      const hit = hits.find(usable) || hits.find(reachable) || (step.act === "waitForElement" && hits[0]);
      if (hit) return hit;
    }
    return null;
  };

  const typed = (e, value) => {
    e.focus();
    if (e.isContentEditable) e.textContent = value;
    else e.value = value;
    e.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "insertText", data: value }));
    e.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const pointer = (e, types) => {
    const box = e.getBoundingClientRect();
    const at = { bubbles: true, composed: true, cancelable: true, view: window, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
    for (const type of types) e.dispatchEvent(new (type.startsWith("p") ? PointerEvent : MouseEvent)(type, at));
  };
  const click = e => {
    e.scrollIntoView({ block: "center" });
    pointer(e, ["pointerdown", "mousedown"]);
    if (e.focus) e.focus();
    pointer(e, ["pointerup", "mouseup"]);
    e.click ? e.click() : pointer(e, ["click"]);
  };
  const focused = () => {
    let at = document.activeElement || document.body;
    while (at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
    return at;
  };
  const key = type => {
    const e = focused();
    const going = e.dispatchEvent(new KeyboardEvent(type, { key: step.value, code: step.value, bubbles: true, composed: true, cancelable: true }));
    if (!going || type !== "keydown" || !/^(Enter|NumpadEnter|\r|\n)$/.test(step.value)) return false;
    if (/^(BUTTON|A)$/.test(e.tagName)) e.click();
    else if (e.form) {
      const button = [...e.form.elements].find(x => x.type === "submit" && !x.disabled);
      button ? button.click() : e.form.requestSubmit();
    }
    return true;
  };
  const settled = () => new Promise(resolve => setTimeout(resolve, SETTLE));

  const keyless = !(step.selectors || []).length;
  if (step.act === "waitForElement") {
    const counted = step.selectors.map(matches).map(all => all.filter(e => (!step.visible || visible(e)) &&
      (!step.value || new RegExp(step.value).test(e.innerText || e.textContent))).length);
    const enough = n => step.operator === ">=" ? n >= step.count : step.operator === "<=" ? n <= step.count : n === step.count;
    return { found: step.count === 0 ? counted.every(enough) : counted.some(enough), invalid };
  }
  const e = keyless ? null : element();
  if (!keyless && !e) return { found: false, invalid };
  if (!keyless && e.disabled && step.act !== "hover") return { found: false, invalid: "it is disabled" };
  if (step.dry) return { found: true };
  switch (step.act) {
    case "change":
      if (e.type === "password" && step.literal) return { found: true, refused: "literal" };
      if (e.type === "password" && step.again) return { found: true, refused: "again" };
      if (/^(radio|checkbox)$/.test(e.type)) { if (String(e.checked) !== step.value) click(e); } else typed(e, step.value);
      return { found: true, password: e.type === "password" };
    case "click": click(e); await settled(); return { found: true, pressed: true };
    case "doubleClick": click(e); click(e); pointer(e, ["dblclick"]); await settled(); return { found: true, pressed: true };
    case "hover": pointer(e, ["pointerover", "mouseover", "pointermove", "mousemove"]); e.dispatchEvent(new MouseEvent("mouseenter")); return { found: true };
    case "scroll": if (e) e.scrollTo(step.x || 0, step.y || 0); return { found: true };
    case "keyDown": { const pressed = key("keydown"); if (pressed) await settled(); return { found: true, pressed }; }
    case "keyUp": key("keyup"); return { found: true };
  }
  return { found: false, invalid: "unknown act " + step.act };
}
