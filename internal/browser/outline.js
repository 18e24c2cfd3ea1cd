// Runs in an isolated world of every document, before the scripts of the page. It reports an outline of
// what a person could use there: once when the document is parsed, once when it is loaded, and again
// whenever that changes. smartcheckAct then uses the controls of the last outline.
(() => {
  "use strict";
  const MAX_CONTROLS = 500, MAX_TEXT = 160, MAX_EXCERPT = 1500, MAX_REPORTS = 100, DEBOUNCE = 25;
  if (location.protocol === "about:" || location.protocol === "chrome-error:" || globalThis.smartcheckAct) return;

  let elements = [];
  let loaded = false, last = "", reports = 0, timer = 0;

  const squeeze = (s, max = MAX_TEXT) => (s || "").replace(/\s+/g, " ").trim().slice(0, max);
  const visible = e => e.checkVisibility ? e.checkVisibility({ visibilityProperty: true, opacityProperty: false })
    : e.getClientRects().length > 0;

  // text is what a reader sees in e; innerText costs a layout, so it is asked of small elements only.
  const text = (e, max) => squeeze(e && e.innerText, max);

  const byIds = (e, attribute) => squeeze((e.getAttribute(attribute) || "").split(/\s+/)
    .map(id => id && e.ownerDocument.getElementById(id)).filter(Boolean).map(x => x.textContent).join(" "));

  // label is the accessible name of a control, as near as a page needs it.
  const label = e => {
    const named = byIds(e, "aria-labelledby") || squeeze(e.getAttribute("aria-label"));
    if (named) return named;
    if (e.labels && e.labels.length) {
      const own = squeeze([...e.labels].map(l => l.innerText).join(" "));
      if (own) return own;
    }
    if (e.tagName === "INPUT" && /^(submit|button|reset|image)$/.test(e.type)) {
      return squeeze(e.value || e.alt || e.title || (e.type === "submit" ? "Submit" : ""));
    }
    const inner = /^(BUTTON|A|SUMMARY)$/.test(e.tagName) || e.getAttribute("role") ? text(e) : "";
    const image = e.querySelector && e.querySelector("img[alt]");
    return inner || squeeze(image && image.alt) || squeeze(e.title) || squeeze(e.placeholder);
  };

  const kind = e => {
    switch (e.tagName) {
      case "BUTTON": return e.type === "submit" && e.form ? "submit" : e.type === "reset" ? "" : "button";
      case "SELECT": return "select";
      case "TEXTAREA": return "text";
      case "A": return e.href ? "link" : "";
      case "INPUT": switch (e.type) {
        case "hidden": case "file": case "color": case "range": case "reset": return "";
        case "submit": case "image": return "submit";
        case "button": return "button";
        case "radio": case "checkbox": case "password": return e.type;
        default: return "text";
      }
      default: return e.getAttribute("role") === "button" ? "button" : "";
    }
  };

  // opens says where using e leads: to a new tab, into a frame of this page, or "" for this one.
  const opens = e => {
    const target = e.getAttribute("formtarget") || e.target || (e.form && e.form.getAttribute("target")) || "";
    if (!target || /^_(self|parent|top)$/i.test(target)) return "";
    const frames = [...document.querySelectorAll("iframe[name],frame[name]")];
    return frames.some(f => f.name === target) ? "frame" : "tab";
  };

  const rows = [];
  const rowOf = e => {
    const row = e.closest("tr,li,[role=row],[role=listitem],article,dd");
    if (!row) return -1;
    const known = rows.indexOf(row);
    return known >= 0 ? known : rows.push(row) - 1;
  };

  const control = (e, forms) => {
    const c = { kind: kind(e), label: label(e), name: e.getAttribute("name") || "", id: e.id || "" };
    if (e.form) c.form = forms.indexOf(e.form) + 1;
    const set = e.closest("fieldset,table,[role=radiogroup],[role=group]");
    const legend = set && set.querySelector("legend,caption");
    c.group = squeeze(legend ? legend.innerText : set ? byIds(set, "aria-labelledby") || set.getAttribute("aria-label") : "");
    if (/^(button|submit|link|radio|checkbox)$/.test(c.kind)) {
      c.row = rowOf(e) + 1;
      if (c.row) c.rowText = text(rows[c.row - 1]);
    }
    if (/^(button|submit|link)$/.test(c.kind)) {
      c.opens = opens(e);
      if (e.closest("nav,header,footer,[role=navigation],[role=banner],[role=contentinfo]")) c.nav = true;
      const described = byIds(e, "aria-describedby");
      if (described) c.rowText = squeeze((c.rowText || "") + " " + described);
    }
    if (c.kind === "link") c.value = squeeze(e.getAttribute("href"), 400);
    else if (/^(button|submit|radio|checkbox)$/.test(c.kind)) c.value = squeeze(e.value, 400);
    else if (c.kind !== "select") c.filled = e.value !== "";
    if (c.kind === "radio" || c.kind === "checkbox") { c.checked = e.checked; }
    if (c.kind === "text") { c.type = e.type; c.autocomplete = e.autocomplete || ""; c.readonly = e.readOnly; }
    if (c.kind === "select") {
      c.options = [...e.options].slice(0, 200).map(o => ({ value: squeeze(o.value, 400), label: squeeze(o.label),
        selected: o.selected, disabled: o.disabled }));
    }
    if (e.disabled || e.getAttribute("aria-disabled") === "true") c.disabled = true;
    if ((c.kind === "submit" || c.kind === "button") && e.form) {
      c.hidden = [...e.form.elements].filter(x => x.type === "hidden" && x.value.length <= 400).slice(0, 20)
        .map(x => x.name + "=" + x.value);
    }
    return c;
  };

  const outline = () => {
    rows.length = 0;
    const forms = [...document.forms || []];
    elements = [];
    const controls = [];
    for (const e of document.querySelectorAll("input,button,select,textarea,a[href],[role=button]")) {
      if (controls.length >= MAX_CONTROLS) break;
      if (!kind(e)) continue;
      // A styled radio or checkbox is often hidden itself behind its visible label.
      const shown = visible(e) || (/^(radio|checkbox)$/.test(e.type) && e.labels && [...e.labels].some(visible));
      if (!shown) continue;
      controls.push(control(e, forms));
      elements.push(e);
    }
    const texts = (selector, max) => [...document.querySelectorAll(selector)].slice(0, 12)
      .filter(visible).map(e => text(e, max)).filter(Boolean);
    return {
      url: location.href, title: squeeze(document.title), loaded,
      scripts: !!document.scripts && document.scripts.length > 0,
      refresh: !!document.querySelector("meta[http-equiv=refresh i]"),
      frames: document.querySelectorAll("iframe,frame,object,embed").length,
      headings: texts("h1,h2,h3,legend,[role=heading]"),
      alerts: texts("[role=alert],[role=alertdialog],[aria-live=assertive],.error,.alert,.alert-danger,.errors", 300),
      text: squeeze(document.body ? document.body.innerText : document.documentElement.textContent, MAX_EXCERPT),
      controls,
    };
  };

  const report = () => {
    clearTimeout(timer); timer = 0;
    if (reports >= MAX_REPORTS) return;
    const now = JSON.stringify(outline());
    if (now === last) return;
    last = now; reports++;
    smartcheckOutline(now);
  };

  // Each step is {ref, act, value}: fill a field, tick or untick a box, choose an option, press a button.
  globalThis.smartcheckAct = steps => {
    for (const { ref, act, value } of steps) {
      const e = elements[ref];
      if (!e || !e.isConnected) return "control " + ref + " has left the page";
      switch (act) {
        case "fill":
          e.focus();
          e.value = value;
          e.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "insertText", data: value }));
          e.dispatchEvent(new Event("change", { bubbles: true }));
          break;
        case "tick": if (!e.checked) e.click(); break;
        case "untick": if (e.checked) e.click(); break;
        case "select":
          e.value = value;
          e.dispatchEvent(new Event("input", { bubbles: true }));
          e.dispatchEvent(new Event("change", { bubbles: true }));
          break;
        case "enter":
          if (!e.form) return "control " + ref + " has no form to send";
          e.form.requestSubmit();
          break;
        case "press": {
          const invalid = e.type === "submit" && e.form && !e.form.noValidate && !e.formNoValidate &&
            [...e.form.elements].find(x => x.willValidate && !x.validity.valid);
          if (invalid) return "the page does not accept the field \"" + label(invalid) + "\": " + invalid.validationMessage;
          if (e.focus) e.focus();
          e.click();
          break;
        }
        default: return "unknown step " + act;
      }
    }
    return "";
  };

  globalThis.smartcheckReport = () => { loaded = true; report(); };

  const watch = () => {
    report();
    new MutationObserver(() => { if (!timer) timer = setTimeout(report, DEBOUNCE); })
      .observe(document, { subtree: true, childList: true, characterData: true, attributes: true,
        attributeFilter: ["class", "style", "hidden", "disabled", "open", "type"] });
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", watch, { once: true });
  else watch();
  // After the load handlers of the page have run.
  const complete = () => setTimeout(smartcheckReport, 0);
  if (document.readyState === "complete") complete();
  else addEventListener("load", complete, { once: true });
})();
