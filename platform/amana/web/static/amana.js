/* Progressive enhancement only: every page works without this file. */
"use strict";

/* A page about something that is still under way asks again until its state has changed. */
function watchState() {
  const place = document.querySelector("[data-watch]");
  if (!place) return;
  let wait = 2000;
  const look = async () => {
    if (document.hidden) { setTimeout(look, wait); return; }
    try {
      const answer = await fetch(place.dataset.watch, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) return;
      const { state } = await answer.json();
      if (state !== place.dataset.state) { location.reload(); return; }
    } catch { /* the network is away: ask again later */ }
    wait = Math.min(wait * 1.5, 30000);
    setTimeout(look, wait);
  };
  setTimeout(look, wait);
}

/* The upload form shows how far the bytes have come. The answer is a page, as it is without this script. */
function showProgress() {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const bar = form.querySelector("progress");
  const line = form.querySelector("[data-progress]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (step) => {
      if (!step.lengthComputable) return;
      const percent = Math.floor((step.loaded / step.total) * 100);
      bar.hidden = false;
      bar.value = percent;
      line.textContent = line.dataset.progress.replace("100", percent);
    });
    request.addEventListener("load", () => {
      if (request.responseURL && request.responseURL !== form.action && request.status < 400) { location.assign(request.responseURL); return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
      document.querySelector("main").focus();
      showProgress();
    });
    request.addEventListener("error", () => { line.textContent = line.dataset.failed; form.querySelector("button").disabled = false; });
    form.querySelector("button").disabled = true;
    line.hidden = false;
    request.send(new FormData(form));
  });
}

/* A select that only narrows what is shown need not wait for its button. */
function submitOnChange() {
  for (const field of document.querySelectorAll("form[data-auto] select")) {
    field.addEventListener("change", () => field.form.requestSubmit());
  }
}

watchState();
showProgress();
submitOnChange();
