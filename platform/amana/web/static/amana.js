/* Progressive enhancement only: every page works without this file. */
"use strict";

/* A page about something that is still under way asks again until its state has changed. */
function watchState() {
  const place = document.querySelector("[data-watch]");
  if (!place) return;
  let wait = 2000;
  let judged;
  const look = async () => {
    if (document.hidden) { setTimeout(look, wait); return; }
    try {
      const answer = await fetch(place.dataset.watch, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) return;
      const seen = await answer.json();
      judged ??= seen.judged_at; // judged again, it may come back to the state that it was in
      if (seen.state !== place.dataset.state || seen.judged_at !== judged) { location.reload(); return; }
    } catch { /* the network is away: ask again later */ }
    wait = Math.min(wait * 1.5, 30000);
    setTimeout(look, wait);
  };
  setTimeout(look, wait);
}

/* A select that only narrows what is shown need not wait for its button. */
function submitOnChange() {
  for (const field of document.querySelectorAll("form[data-auto] select")) {
    field.addEventListener("change", () => field.form.requestSubmit());
  }
}

watchState();
submitOnChange();
