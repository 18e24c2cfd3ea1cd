// Runs after outline.js in the same world. smartcheckAct uses the controls of the last outline, and
// smartcheckHold all of them but the last, of which it tells what it would send.
(() => {
  "use strict";
  const ENABLE_WITHIN = 3000, ENABLE_CHECK = 20;
  const page = globalThis.smartcheckPage;
  if (!page || globalThis.smartcheckAct) return;

  const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

  // used returns the control, once it can be used: many a button is enabled by what is typed.
  const used = async ref => {
    for (const end = Date.now() + ENABLE_WITHIN; ; await pause(ENABLE_CHECK)) {
      const e = page.element(ref);
      if (!e || !page.barred(e) || Date.now() > end) return e;
    }
  };

  const fill = (e, value) => {
    const key = { bubbles: true, composed: true, key: value.slice(-1) };
    e.focus();
    e.dispatchEvent(new KeyboardEvent("keydown", key));
    // In this world the property is the browser's own: a framework that replaced it in its world, to tell
    // its writes from a person's, takes this for a person's.
    e.value = value;
    e.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, inputType: "insertText", data: value }));
    e.dispatchEvent(new KeyboardEvent("keyup", key));
    e.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const press = e => {
    if (e.focus) e.focus();
    if (!/^(A|BUTTON|INPUT)$/.test(e.tagName)) {
      const at = { bubbles: true, composed: true, cancelable: true };
      for (const type of ["pointerdown", "mousedown", "pointerup", "mouseup"]) {
        e.dispatchEvent(new (type.startsWith("p") ? PointerEvent : MouseEvent)(type, at));
      }
    }
    e.click();
  };

  const acts = {
    fill,
    tick: e => { if (!page.checked(e)) press(e); },
    untick: e => { if (page.checked(e)) press(e); },
    select: (e, value) => {
      e.value = value;
      e.dispatchEvent(new Event("input", { bubbles: true }));
      e.dispatchEvent(new Event("change", { bubbles: true }));
    },
    enter: e => {
      if (e.form) return e.form.requestSubmit();
      for (const type of ["keydown", "keypress", "keyup"]) {
        e.dispatchEvent(new KeyboardEvent(type, { key: "Enter", code: "Enter", keyCode: 13, bubbles: true, composed: true, cancelable: true }));
      }
    },
    press: e => {
      const invalid = e.type === "submit" && e.form && !e.form.noValidate && !e.formNoValidate &&
        [...e.form.elements].find(x => x.willValidate && !x.validity.valid);
      if (invalid) return `the page does not accept the field "${page.label(invalid)}": ${invalid.validationMessage}`;
      press(e);
    },
  };

  // Each step is {ref, act, value}. The answer is "", or what went wrong. With again, the page is reported
  // afterwards even if nothing changed.
  globalThis.smartcheckAct = async (steps, again) => {
    for (const { ref, act, value } of steps) {
      const e = await used(ref);
      if (!e) return `control ${ref} has left the page`;
      if (page.barred(e)) return `the control "${page.label(e)}" stays disabled`;
      const trouble = acts[act](e, value);
      if (trouble) return trouble;
      if (document.scripts && document.scripts.length) await pause(0); // let the page draw itself
    }
    if (again) page.again();
    return "";
  };

  // The answer is the form that the last control would send. It is empty when that is no button of a form,
  // and has trouble when the other controls could not be used. A form may have fields that are called like its
  // own members, so these are read from the prototype.
  globalThis.smartcheckHold = async steps => {
    const trouble = await smartcheckAct(steps.slice(0, -1), false);
    if (trouble) return { trouble };
    const e = page.element(steps[steps.length - 1].ref);
    if (!e || !e.form || !/^(submit|image)$/.test(e.type)) return {};
    const form = e.form, of = name => Element.prototype.getAttribute.call(form, name);
    const said = name => e.hasAttribute("form" + name) ? e.getAttribute("form" + name) : of(name);
    const elements = [...Reflect.get(HTMLFormElement.prototype, "elements", form)];
    return {
      page: location.href, url: new URL(said("action") || document.URL, document.baseURI).href,
      method: said("method") || "get", encoding: said("enctype") || "",
      fields: [...new FormData(form, e)].filter(([, value]) => typeof value === "string"),
      hidden: elements.filter(x => x.type === "hidden").map(x => x.name),
    };
  };
})();
