// Keeps a page fresh and keeps what is being typed.
//
// /live/ says only that something changed. Then the same address is asked for again, and each
// region marked data-live="name" is exchanged, if it differs and nobody is working in it. Focus,
// scroll and unfolded parts stay. Writing boxes lie outside these regions; what is typed in one
// with data-draft="name" is kept in this tab until it has been stored.
"use strict";

(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const voice = document.querySelector("[data-announce]");
  let wanted = false; // a change came while we could not look
  let timer = 0;
  let lookedAt = 0;
  let again = false;
  let loud = false; // an alarm: also a page in the background looks at once
  const title = document.title;

  // What rings stands in the title too, for whoever looks at another tab.
  function ring() {
    const bells = document.querySelector("[data-rings]");
    document.title = bells ? `${bells.dataset.rings} · ${title}` : title;
  }

  function say(words) {
    if (!voice) return;
    voice.textContent = "";
    setTimeout(() => { voice.textContent = words; }, 50);
  }

  // ---------------------------------------------------------------- fresh regions

  const busy = region => {
    const here = document.activeElement;
    return region.contains(here) && here.matches("input, textarea, select");
  };

  function pathTo(element) { // how to find the same element again
    if (element.id) return `#${CSS.escape(element.id)}`;
    if (element.matches("a[href]")) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
    if (element.matches("button[value]")) return `button[value="${CSS.escape(element.value)}"]`;
    return null;
  }

  function exchange(old, fresh) {
    const focused = old.contains(document.activeElement) ? pathTo(document.activeElement) : null;
    const open = all("details", old).map(fold => fold.open);
    const box = old.closest(".pane, .talk-main, .context") || document.scrollingElement;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    const { scrollTop } = box;
    const next = document.importNode(fresh, true);
    old.replaceWith(next);
    all("details", next).forEach((fold, index) => { if (open[index]) fold.open = true; });
    const stays = box.matches(".talk-main") && atEnd ? box.scrollHeight : scrollTop;
    if (box.isConnected) box.scrollTop = stays;
    else next.scrollTop = scrollTop; // the region was itself what scrolls
    const again = focused && next.querySelector(focused);
    if (again) again.focus({ preventScroll: true });
  }

  function renew(page) {
    let told = false;
    for (const old of all("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`);
      if (!fresh || same(old, fresh)) continue;
      if (busy(old)) { wanted = true; continue; }
      exchange(old, fresh);
      if (old.dataset.live === "thread") all('input[name="seen"]').forEach(field => {
        const now = page.querySelector('input[name="seen"]');
        if (now) field.value = now.value;
      });
      told = told || ["thread", "rows"].includes(old.dataset.live);
    }
    ring();
    if (told && voice) say(voice.dataset.changed);
  }

  // Tokens differ each time and unfolded parts are the reader's: neither is a change.
  function same(old, fresh) {
    const bare = element => {
      const copy = element.cloneNode(true);
      all('input[name="csrfmiddlewaretoken"]', copy).forEach(one => one.remove());
      all("details", copy).forEach(one => one.removeAttribute("open"));
      return copy.outerHTML;
    };
    return bare(old) === bare(fresh);
  }

  async function look() {
    if (document.hidden && !loud) { wanted = true; return; }
    wanted = loud = false;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" }, cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.redirected && !page.querySelector("[data-live]")) { source.close(); away(); return; }
      if (answer.ok) renew(page);
    } catch { wanted = true; } // no connection: the next change or the next look tries again
  }

  function away() {
    if (!voice) return;
    voice.classList.replace("vh", "toast");
    say(voice.dataset.away);
  }

  // One look at a time, a second apart at least, and not all desks in the same moment. A timer that
  // runs is left alone: news that never stops must not put off the look for ever.
  function soon() {
    if (timer) { again = true; return; }
    const rest = Math.max(0, lookedAt + 1000 - Date.now());
    timer = setTimeout(async () => {
      again = false;
      await look();
      lookedAt = Date.now();
      timer = 0;
      if (again) soon(); // news that came while we were looking
    }, rest + 200 + Math.random() * 600);
  }

  // ------------------------------------------------------------------------ drafts

  const drafts = {
    get: name => { try { return sessionStorage.getItem(`draft:${name}`); } catch { return null; } },
    set: (name, words) => { try { sessionStorage.setItem(`draft:${name}`, words); } catch { /* full */ } },
    drop: name => { try { sessionStorage.removeItem(`draft:${name}`); } catch { /* private mode */ } },
  };
  const plain = words => words.replace(/\s+/g, " ").trim();

  // A draft that stands in the thread has been stored: only then is it let go.
  function bringBack(box) {
    const { draft } = box.dataset;
    const kept = drafts.get(draft);
    if (!kept) return;
    const stored = all('[data-live="thread"] .words, [data-stored]')
      .some(words => plain(words.textContent).includes(plain(kept)));
    if (stored) drafts.drop(draft);
    else if (!box.value) box.value = kept;
  }

  for (const box of all("[data-draft]")) {
    bringBack(box);
    box.addEventListener("input", () =>
      box.value ? drafts.set(box.dataset.draft, box.value) : drafts.drop(box.dataset.draft));
  }

  // -------------------------------------------------------------------------- start

  ring();
  if (!document.querySelector("[data-live]") || !("EventSource" in window)) return;
  const open = location.pathname.match(/^\/desk\/(?:.+\/)?([2-9A-Z]{3}-[2-9A-Z]{4})\/$/);
  const source = new EventSource(open ? `/live/?ticket=${open[1]}` : "/live/");
  source.onmessage = event => { loud = loud || JSON.parse(event.data).topic === "alarms"; soon(); };
  source.addEventListener("changed", soon);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && wanted) soon(); });
  document.addEventListener("focusout", () => { if (wanted) soon(); });
})();
