// Runs in an isolated world of every document, before the scripts of the page. It reports an outline of
// what a person could use there: once when the document is parsed, once when it is loaded, and again
// whenever that changes. act.js then uses the controls of the last outline.
(() => {
  "use strict";
  const MAX_CONTROLS = 500, MAX_TEXT = 160, MAX_EXCERPT = 1500, MAX_REPORTS = 100, MAX_ROOTS = 200, DEBOUNCE = 25;
  const MAX_INSECURE = 20;
  const UPGRADE_INTERVAL = 200, UPGRADE_CHECKS = 50;
  if (location.protocol === "about:" || location.protocol === "chrome-error:" || globalThis.smartcheckPage) return;

  let elements = [], described = [];
  let loaded = false, last = "", reports = 0, timer = 0, observer = null;
  const observed = new WeakSet();

  const squeeze = (s, max = MAX_TEXT) => (s || "").replace(/\s+/g, " ").trim().slice(0, max);
  const visible = e => e.checkVisibility ? e.checkVisibility({ visibilityProperty: true, opacityProperty: false })
    : e.getClientRects().length > 0;

  // text is what a reader sees in e; innerText costs a layout, so it is asked of small elements only.
  const text = (e, max) => {
    if (!e) return "";
    const own = e.innerText === undefined ? e.textContent : e.innerText;
    const within = e.shadowRoot ? [...e.shadowRoot.children].map(x => x.innerText || "").join(" ") : "";
    return squeeze(own + " " + within, max);
  };

  // parts is what a reader sees in e, with a space between its parts, which may be set apart by style alone.
  const parts = e => {
    const found = [];
    let length = 0;
    const walk = at => {
      for (const child of at.childNodes) {
        if (length > 2 * MAX_TEXT) return;
        if (child.nodeType === Node.TEXT_NODE) { found.push(child.data); length += child.data.trim().length; }
        else if (child.nodeType === Node.ELEMENT_NODE && !/^(STYLE|SCRIPT|TEMPLATE)$/.test(child.tagName) && visible(child)) walk(child);
      }
      if (at.shadowRoot) walk(at.shadowRoot);
    };
    walk(e);
    return squeeze(found.join(" "));
  };

  // roots are the document and the open shadow roots in it. A closed one cannot be looked into.
  const roots = () => {
    const found = [document];
    for (let i = 0; i < found.length; i++) {
      for (const e of found[i].querySelectorAll("*")) {
        if (e.shadowRoot && found.length < MAX_ROOTS) found.push(e.shadowRoot);
      }
    }
    return found;
  };

  // up is closest, through the hosts of shadow roots.
  const up = (e, selector) => {
    for (let at = e; at; at = at.getRootNode().host) {
      const found = at.closest(selector);
      if (found) return found;
    }
    return null;
  };

  const byIds = (e, attribute) => squeeze((e.getAttribute(attribute) || "").split(/\s+/)
    .map(id => id && (e.getRootNode().getElementById || (() => null)).call(e.getRootNode(), id))
    .filter(Boolean).map(x => x.textContent).join(" "));

  const roleOf = e => (e.getAttribute("role") || "").toLowerCase();

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
    const inner = /^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName) ? "" : text(e);
    if (inner) return inner;
    const picture = e.querySelector && e.querySelector("img[alt],svg[aria-label],svg title,[aria-label],[title]");
    const pictured = picture && (picture.alt || picture.getAttribute("aria-label") || picture.getAttribute("title") || picture.textContent);
    // The label of a field in a shadow root of its own is often that of the host.
    const host = e.getRootNode().host;
    return squeeze(pictured) || squeeze(e.title) || squeeze(e.placeholder) ||
      squeeze(host && (host.getAttribute("label") || host.getAttribute("aria-label")));
  };

  const NATIVE = "input,button,select,textarea,a[href]";
  const ROLES = { button: "button", menuitem: "button", link: "link", switch: "checkbox", checkbox: "checkbox",
    menuitemcheckbox: "checkbox", radio: "radio", option: "radio", menuitemradio: "radio" };

  const kind = e => {
    const role = ROLES[roleOf(e)];
    switch (e.tagName) {
      case "BUTTON":
        if (role && role !== "link") return role === "button" && e.type === "submit" && e.form ? "submit" : role;
        return e.type === "submit" && e.form ? "submit" : e.type === "reset" ? "" : "button";
      case "SELECT": return "select";
      case "TEXTAREA": return "text";
      case "A": return role && role !== "link" ? role : e.hasAttribute("href") ? "link" : role || "";
      case "INPUT": switch (e.type) {
        case "hidden": case "file": case "color": case "range": case "reset": return "";
        case "submit": case "image": return "submit";
        case "button": return "button";
        case "radio": case "checkbox": case "password": return e.type;
        default: return "text";
      }
      case "OPTION": case "HTML": case "BODY": case "FORM": case "LABEL": return "";
    }
    if (role) return role;
    // Something else that reacts to a click, unless a control stands in it or around it.
    return e.querySelector(NATIVE + ",[role]") || up(e.parentElement || e.getRootNode().host || document.body, "button,a[href],[role=button],[onclick],label")
      ? "" : "button";
  };

  // baited tells a field that people do not see, made for robots.
  const baited = e => {
    if (up(e, "[aria-hidden=true]")) return true;
    const box = e.getBoundingClientRect();
    return box.right + scrollX <= 0 || box.bottom + scrollY <= 0 || box.width <= 1 || box.height <= 1;
  };

  // opens says where using e leads: to a new tab, into a frame of this page, or "" for this one.
  const opens = e => {
    const target = e.getAttribute("formtarget") || e.target || (e.form && e.form.getAttribute("target")) || "";
    if (!target || /^_(self|parent|top)$/i.test(target)) return "";
    const frames = [...document.querySelectorAll("iframe[name],frame[name]")];
    return frames.some(f => f.name === target) ? "frame" : "tab";
  };

  // index returns the place of e in list, which it joins when it is new.
  const index = (list, e) => {
    const known = list.indexOf(e);
    return known >= 0 ? known : list.push(e) - 1;
  };

  // rowElement is the row, list item or card in which e stands: by its role, else the part of the page
  // around e that is repeated beside itself.
  const rowElement = e => {
    const row = up(e, "tr,li,[role=row],[role=listitem],article,dd");
    if (row) return row;
    for (let at = e, depth = 0; depth < 5 && at.parentElement; at = at.parentElement, depth++) {
      if (at === e || /^(FORM|FIELDSET|MAIN|BODY)$/.test(at.tagName)) continue;
      const twins = [...at.parentElement.children].filter(x => x.tagName === at.tagName && x.className === at.className &&
        x.querySelector(NATIVE + ",[role=button],[role=switch],[role=radio]"));
      if (twins.length > 1) return at;
    }
    const host = e.getRootNode().host; // a card may be an element of its own
    const siblings = host && host.parentElement ? [...host.parentElement.children] : [];
    return siblings.some(x => x !== host && x.tagName === host.tagName) ? host : null;
  };

  // layerElement is what lies over the page and holds e: a dialog, a banner.
  const layerElement = e => {
    const named = up(e, "dialog,[role=dialog],[role=alertdialog],[aria-modal=true],[id*=cookie i],[class*=cookie i]," +
      "[id*=gdpr i],[class*=gdpr i],[id*=onetrust i],[id*=consent-banner i],[class*=consent-banner i]");
    if (named && !/^(HTML|BODY|BUTTON|A|INPUT)$/.test(named.tagName)) return named;
    for (let at = e, depth = 0; at instanceof Element && depth < 12; depth++) {
      if (/^(fixed|sticky)$/.test(getComputedStyle(at).position)) return at;
      at = at.parentElement || at.getRootNode().host;
    }
    return null;
  };

  // navigation tells what serves the whole site. The header or footer of a part of the page does not.
  const navigation = e => {
    if (up(e, "nav,[role=navigation],[role=banner],[role=contentinfo]")) return true;
    const edge = up(e, "header,footer");
    return !!edge && !up(edge, "form,main,article,section,dialog,[role=dialog],[role=main]");
  };

  // seen are the parts of the page that the controls of one outline share.
  const control = (e, seen) => {
    const c = { kind: kind(e), label: label(e), name: e.getAttribute("name") || "", id: e.id || "" };
    if (e.form) c.form = index(seen.forms, e.form) + 1;
    const set = up(e, "fieldset,table,[role=radiogroup],[role=listbox],[role=group]");
    const legend = set && set.querySelector("legend,caption");
    c.group = squeeze(legend ? legend.innerText : set ? byIds(set, "aria-labelledby") || set.getAttribute("aria-label") : "");
    if (c.kind === "radio" && e.tagName !== "INPUT") c.name = "choice " + (index(seen.sets, set) + 1);
    if (/^(button|submit|link|radio|checkbox)$/.test(c.kind)) {
      const row = rowElement(e);
      if (row) {
        c.row = index(seen.rows, row) + 1;
        c.rowText = parts(row);
      }
      const about = [byIds(e, "aria-describedby"), ...Object.values(e.dataset || {})].filter(Boolean).join(" ");
      if (about) c.rowText = squeeze((c.rowText || "") + " " + about, 2 * MAX_TEXT);
      const layer = layerElement(e);
      if (layer) c.layer = index(seen.layers, layer) + 1;
    }
    if (/^(button|submit|link)$/.test(c.kind)) {
      c.opens = opens(e);
      if (navigation(e)) c.nav = true;
    }
    if (c.kind === "link") c.value = squeeze(e.getAttribute("href"), 400);
    else if (/^(button|submit|radio|checkbox)$/.test(c.kind)) c.value = squeeze(e.value, 400);
    else if (c.kind !== "select") c.filled = e.value !== "";
    if (c.kind === "radio" || c.kind === "checkbox") c.checked = checked(e);
    if (c.kind === "text" || c.kind === "password") {
      c.autocomplete = e.autocomplete || ""; c.readonly = e.readOnly;
      c.type = e.type; if (e.maxLength > 0) c.maxLength = e.maxLength;
      const layer = layerElement(e);
      if (layer) c.layer = index(seen.layers, layer) + 1;
    }
    if (c.kind === "select") {
      c.options = [...e.options].slice(0, 200).map(o => ({ value: squeeze(o.value, 400), label: squeeze(o.label),
        selected: o.selected, disabled: o.disabled }));
    }
    if (e.required || e.getAttribute("aria-required") === "true") c.required = true;
    if (barred(e)) c.disabled = true;
    if ((c.kind === "submit" || c.kind === "button") && e.form) {
      c.hidden = [...e.form.elements].filter(x => x.type === "hidden" && x.value.length <= 400).slice(0, 20)
        .map(x => x.name + "=" + x.value);
    }
    return c;
  };

  const checked = e => e.tagName === "INPUT" ? e.checked
    : (e.getAttribute("aria-checked") || e.getAttribute("aria-selected")) === "true";
  const barred = e => !!e.disabled || e.getAttribute("aria-disabled") === "true";

  // usable finds the controls that a person could use: those that are shown and that nothing makes inert.
  const usable = all => {
    const modal = [...all("dialog:modal")].pop();
    const found = [];
    const candidates = all(NATIVE + ",[role=button],[role=menuitem],[role=link],[role=switch],[role=checkbox],[role=radio]," +
      "[role=option],[role=menuitemradio],[role=menuitemcheckbox],[onclick],[tabindex='0']");
    for (const e of candidates) {
      if (found.length >= MAX_CONTROLS) break;
      const what = kind(e);
      if (!what || up(e, "[inert]") || modal && up(e, "dialog:modal") !== modal) continue;
      // A styled radio or checkbox is often hidden itself behind its visible label.
      const shown = visible(e) || (/^(radio|checkbox)$/.test(e.type) && e.labels && [...e.labels].some(visible));
      if (!shown || what === "text" && baited(e)) continue;
      found.push(e);
    }
    return found;
  };

  // captcha tells whether the page asks for proof that a person is there. One that works unseen does not.
  const captcha = all => all("iframe[src*=recaptcha i],iframe[src*=hcaptcha i],iframe[src*='challenges.cloudflare.com' i]," +
    "iframe[src*=arkoselabs i],iframe[src*=funcaptcha i],iframe[title*=captcha i],[data-sitekey]").some(e =>
    e.tagName !== "BUTTON" && e.dataset.size !== "invisible" && !/size=invisible/.test(e.getAttribute("src") || "") &&
    !up(e, ".grecaptcha-badge") && visible(e));

  // insecure lists what a page that came over https loads, or would send, over plain http. This machine is no
  // network.
  const REFERENCES = { SCRIPT: "src", IMG: "src", IFRAME: "src", EMBED: "src", OBJECT: "data", SOURCE: "src", AUDIO: "src",
    VIDEO: "src", LINK: "href", FORM: "action", BUTTON: "formaction", INPUT: "formaction" };
  const insecure = all => {
    if (location.protocol !== "https:") return [];
    const found = [];
    for (const e of all("[src],[data],[action],[formaction],link[rel~=stylesheet i],link[rel~=icon i],link[rel~=preload i]")) {
      const attribute = REFERENCES[e.tagName];
      const value = attribute && e.getAttribute(attribute);
      if (!value || !/^http:/i.test(value.trim()) || /^http:\/\/(localhost|127\.|\[::1\])/i.test(value.trim())) continue;
      found.push({ element: e.tagName.toLowerCase(), url: squeeze(value, 400) });
      if (found.length >= MAX_INSECURE) break;
    }
    return found;
  };

  const outline = () => {
    const places = roots();
    const all = selector => places.flatMap(root => [...root.querySelectorAll(selector)]);
    const seen = { forms: [], sets: [], rows: [], layers: [] };
    watchRoots(places);
    elements = usable(all);
    described = elements.map(e => control(e, seen));
    const texts = (selector, max) => all(selector).slice(0, 12).filter(visible).map(e => text(e, max)).filter(Boolean);
    const within = places.slice(1).flatMap(root => [...root.children]).filter(e => !/^(STYLE|SCRIPT|LINK)$/.test(e.tagName) && visible(e));
    return {
      url: location.href, title: squeeze(document.title), loaded,
      scripts: !!document.scripts && document.scripts.length > 0,
      refresh: !!document.querySelector("meta[http-equiv=refresh i]"),
      frames: document.querySelectorAll("iframe,frame,object,embed").length,
      busy: all("[aria-busy=true],[role=progressbar],progress:not([value])").some(visible),
      captcha: captcha(all),
      headings: texts("h1,h2,h3,legend,[role=heading]"),
      alerts: texts("[role=alert],[role=alertdialog],[aria-live=assertive],.error,.alert,.alert-danger,.errors", 300),
      text: squeeze([document.body ? document.body.innerText : document.documentElement.textContent,
        ...within.map(e => text(e, MAX_EXCERPT))].join(" "), MAX_EXCERPT),
      insecure: insecure(all),
      layers: seen.layers.map(e => text(e, 400)),
      controls: described,
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
  const later = () => { if (!timer) timer = setTimeout(report, DEBOUNCE); };

  // element returns a control of the last outline. A page that draws itself again replaces its elements;
  // then it is the one that is described in the same way.
  const element = ref => {
    const e = elements[ref];
    if (!e || e.isConnected) return e;
    const was = described[ref], places = roots();
    const seen = { forms: [], sets: [], rows: [], layers: [] };
    return usable(selector => places.flatMap(root => [...root.querySelectorAll(selector)])).find(x => {
      const now = control(x, seen);
      return ["kind", "label", "name", "id", "value", "rowText"].every(field => now[field] === was[field]);
    });
  };

  // again reports once more, though nothing may have changed.
  const again = () => { last = ""; later(); };

  globalThis.smartcheckPage = { element, label, checked, barred, again };
  globalThis.smartcheckReport = () => { loaded = true; report(); };

  const watchRoots = places => {
    if (!observer) return;
    for (const root of places) {
      if (observed.has(root)) continue;
      observed.add(root);
      observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true,
        attributeFilter: ["class", "style", "hidden", "disabled", "open", "type", "inert", "aria-disabled", "aria-busy"] });
    }
  };

  // awaitUpgrades looks for shadow roots that appear without a change of the document, when the scripts of
  // custom elements arrive.
  const awaitUpgrades = (checks = 0) => {
    const custom = [...document.querySelectorAll(":not(:defined)")];
    const fresh = [...document.querySelectorAll("*")].some(e => e.shadowRoot && !observed.has(e.shadowRoot));
    if (fresh) report();
    if (checks < UPGRADE_CHECKS && (fresh || custom.length)) setTimeout(() => awaitUpgrades(checks + 1), UPGRADE_INTERVAL);
  };

  const watch = () => {
    observer = new MutationObserver(later);
    report();
    watchRoots([document]);
    awaitUpgrades();
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", watch, { once: true });
  else watch();
  // After the load handlers of the page have run.
  const complete = () => setTimeout(() => { smartcheckReport(); awaitUpgrades(); }, 0);
  if (document.readyState === "complete") complete();
  else addEventListener("load", complete, { once: true });
})();
