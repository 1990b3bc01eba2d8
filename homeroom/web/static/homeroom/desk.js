// Keys for the desk. Every key does no more than activate a link, a button or a field that is on
// the page already (data-key="r"), so everything also works with a mouse, a thumb and no script.
// A switch in the list of keys (?) turns them off on this device.
"use strict";

(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const shown = element => element.getClientRects().length > 0;
  const memory = {
    get: name => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* private mode */ } },
  };
  let goUntil = 0; // until when a letter after "g" means a place

  const typing = element =>
    element.isContentEditable ||
    (element.matches("input, textarea, select") && !element.matches("[type=radio], [type=checkbox]"));

  // A thing inside a folded form is reachable too: its form unfolds first.
  function activate(target) {
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      if (!target.matches("summary") || fold !== target.parentElement) fold.open = true;
    }
    if (target.matches("summary")) {
      const fold = target.parentElement;
      fold.open = !fold.open;
      const first = fold.open && fold.querySelector("textarea, select, input:not([type=hidden]), button");
      (first || target).focus();
    } else if (target.matches("textarea, select, input:not([type=radio], [type=checkbox])")) {
      target.focus();
      if (target.select) target.select();
    } else {
      target.click();
      const within = document.getElementById(target.dataset.focusIn || "");
      const next = within
        ? within.querySelector("button, a[href]")
        : document.getElementById(target.dataset.focus || "");
      if (next) next.focus();
    }
  }

  function move(step) {
    const rows = all("[data-row]").filter(shown);
    if (!rows.length) return false;
    let here = rows.indexOf(document.activeElement);
    if (here < 0) here = rows.findIndex(row => row.hasAttribute("aria-current"));
    const next = here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + step));
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
    return true;
  }

  function onKey(event) {
    if (event.defaultPrevented || event.isComposing) return;
    const from = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && from.matches("textarea")) {
      const send = from.form && from.form.querySelector("[data-send]");
      if (send) { event.preventDefault(); from.form.requestSubmit(send); }
      return;
    }
    if (event.key === "Escape") return escape(from);
    if (memory.get("keys") === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(from)) return;
    if (press(event.key)) event.preventDefault();
  }

  function press(key) {
    if (key === "j") return move(1);
    if (key === "k") return move(-1);
    if (key === "g") { goUntil = Date.now() + 1500; return true; }
    const name = Date.now() < goUntil ? "data-go" : "data-key";
    goUntil = 0;
    const target = all(`[${name}="${CSS.escape(key)}"]`).find(one => shown(one) || one.closest("details, .ways"));
    if (!target || target.disabled) return false;
    activate(target);
    return true;
  }

  function escape(from) {
    const fold = from.closest("details[open]") || document.querySelector("details.act[open]");
    if (fold) { fold.open = false; fold.querySelector("summary").focus(); }
    else if (typing(from)) from.blur();
  }

  // A folded form closes when one clicks elsewhere, unless something was typed into it.
  function onClick(event) {
    for (const fold of all("details.act[open]")) {
      const typed = all("textarea, input:not([type=hidden], [type=radio])", fold)
        .some(field => field.value !== field.defaultValue);
      if (!fold.contains(event.target) && !typed) fold.open = false;
    }
    const saved = event.target.closest("[data-insert]");
    if (saved) insert(saved, event);
  }

  // Into the box, where the cursor stands, instead of sending the form.
  function insert(saved, event) {
    const box = document.getElementById(saved.dataset.into);
    if (!box) return;
    event.preventDefault();
    const way = document.querySelector(`[name="way"][value="${saved.dataset.into}"]`);
    if (way) way.checked = true;
    box.focus();
    const before = box.value.slice(0, box.selectionStart);
    const gap = !before.trim() || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    box.setRangeText(gap + saved.dataset.insert, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.scrollTop = box.scrollHeight;
  }

  // Pieces of the page that cost something to find out come when the page stands.
  async function fetchPiece(place) {
    try {
      const answer = await fetch(place.dataset.piece, { cache: "no-store" });
      if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
    } catch {
      // The link in its place still leads there.
    }
  }

  // Pressing Send twice sends once. The server checks as well: this only spares a round trip.
  function onSubmit(event) {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 8000);
  }

  const page = document.querySelector(".talk-main");
  if (page && !page.querySelector("[role=alert]")) page.scrollTop = page.scrollHeight;
  for (const place of all("[data-piece]")) fetchPiece(place);
  for (const box of all("[data-keys-on]")) {
    box.checked = memory.get("keys") !== "off";
    box.addEventListener("change", () => memory.set("keys", box.checked ? "on" : "off"));
  }
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  addEventListener("pageshow", () => all("form").forEach(form => delete form.dataset.sent));
})();
