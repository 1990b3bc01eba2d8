// Shows what may answer while somebody writes: after a pause, and never in the way of sending.
"use strict";

(() => {
  const box = document.getElementById("need");
  const place = document.getElementById("suggestions");
  if (!box || !place || !place.dataset.url) return;
  const PAUSE = 700; // milliseconds without a key
  let timer = 0;
  let asked = "";
  let call = null;

  async function ask() {
    const need = box.value.trim();
    if (need === asked) return;
    asked = need;
    if (call) call.abort();
    call = new AbortController();
    try {
      const answer = await fetch(place.dataset.url, {
        method: "POST",
        body: new URLSearchParams({ need }),
        signal: call.signal,
      });
      if (answer.ok && need === box.value.trim()) place.innerHTML = await answer.text();
    } catch {
      // What is being written can be sent all the same.
    }
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
})();
