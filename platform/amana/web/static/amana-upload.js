/* Sends the chosen file in pieces and goes on where it stopped (tus 1.0.0). Without this script the form sends it whole.

   What is remembered on this machine is where an upload stands on the hub, under the file's name, size and time of
   change, and the manifest of a sealed one: never a byte of the file. */
"use strict";

(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const panel = form.querySelector("[data-upload-panel]");
  const bar = panel.querySelector("progress");
  const figures = panel.querySelector("[data-figures]");
  const line = panel.querySelector("[role=status]");
  const pauseButton = panel.querySelector("[data-pause]");
  const cancelButton = panel.querySelector("[data-cancel]");
  const sendButton = form.querySelector("button[type=submit]");
  const language = document.documentElement.lang;
  const words = panel.dataset;

  const SMALLEST = 1024 * 1024, LARGEST = 4 * SMALLEST; // bytes in one piece
  const SILENCE = 60000; // milliseconds without a sign of life, after which a line is taken for broken
  const LONGEST = 30; // seconds between two attempts
  const PASSING = new Set(["upload.cut", "upload.busy", "upload.offset"]);
  const TYPES = {
    csv: "text/csv", jsonl: "application/jsonl", ndjson: "application/jsonl", parquet: "application/vnd.apache.parquet",
    age: "application/age", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ods: "application/vnd.oasis.opendocument.spreadsheet",
  };

  const spelling = language === "ar" ? "fr" : language; // a decimal comma, as the pages and files in Arabic have it
  const number = (value, options) => new Intl.NumberFormat(spelling, { numberingSystem: "latn", ...options }).format(value);
  const percent = (done, all) => number(done / all, { style: "percent", maximumFractionDigits: 0 });
  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => `\u2068${facts[name]}\u2069`); // each in its own direction
  const megabytes = (bytes) => number(bytes / 1e6, { maximumFractionDigits: bytes < 1e7 ? 1 : 0 });
  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  class Broken extends Error {} // the line, or whoever is in between; to be tried again
  class Refused extends Error { // the hub's own word
    constructor(status, told) { super(told.detail); this.status = status; this.code = told.code; }
  }

  /* ---- what is remembered on this machine ---- */

  const memory = {
    key: (file) => `amana-upload|${file.name}|${file.size}|${file.lastModified}`,
    read(file) { try { return JSON.parse(localStorage.getItem(this.key(file))); } catch { return null; } },
    write(file, what) { try { localStorage.setItem(this.key(file), JSON.stringify(what)); } catch { /* private window */ } },
    forget(file) { try { localStorage.removeItem(this.key(file)); } catch { /* the same */ } },
  };

  /* ---- one request ---- */

  let request = null;

  function ask(method, place, headers = {}, body = null, onward = () => {}) {
    return new Promise((done, fail) => {
      const asked = request = new XMLHttpRequest();
      let clock;
      const alive = () => { clearTimeout(clock); clock = setTimeout(() => asked.abort(), SILENCE); };
      const broken = () => { clearTimeout(clock); fail(new Broken()); };
      asked.open(method, place);
      const said = { "Tus-Resumable": "1.0.0", "Amana-Form-Key": form.elements.form_key.value, "Accept-Language": language, Accept: "application/json", ...headers };
      for (const [name, value] of Object.entries(said)) asked.setRequestHeader(name, value);
      asked.upload.addEventListener("progress", (step) => { alive(); onward(step.loaded); });
      asked.addEventListener("progress", alive);
      for (const end of ["error", "abort"]) asked.addEventListener(end, broken);
      asked.addEventListener("load", () => {
        clearTimeout(clock);
        if (asked.status < 300) { done(asked); return; }
        let told = {};
        try { told = JSON.parse(asked.responseText); } catch { /* no document: not the hub's own word */ }
        if (PASSING.has(told.code) || asked.status >= 500 || asked.status === 0) fail(new Broken());
        else fail(new Refused(asked.status, told));
      });
      alive();
      asked.send(body);
    });
  }

  const offsetOf = (answer) => Number(answer.getResponseHeader("Upload-Offset"));

  /* ---- one upload ---- */

  let upload = null; // {file, said, place, offset, state: "going" | "paused" | "over", tries, rate}
  let times = 0; // how often this page has begun one: each has a key of its own

  function encode(text) {
    return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  }

  function typeOf(file) {
    return TYPES[file.name.split(".").pop().toLowerCase()] ?? (file.type || "application/octet-stream");
  }

  async function begin() {
    const { file, said } = upload;
    const metadata = Object.entries(said).map(([key, value]) => `${key} ${encode(value)}`).join(",");
    const answer = await ask("POST", form.dataset.upload, {
      "Idempotency-Key": upload.key, "Upload-Length": String(file.size), "Upload-Metadata": metadata,
    });
    upload.place = answer.getResponseHeader("Location");
    upload.offset = offsetOf(answer);
    memory.write(file, { place: upload.place, said });
  }

  async function look() {
    try {
      upload.offset = offsetOf(await ask("HEAD", upload.place));
    } catch (fault) {
      if (!(fault instanceof Refused) || (fault.status !== 404 && fault.status !== 410)) throw fault;
      memory.forget(upload.file); // it has expired, or was somebody else's on this machine
      upload.place = null;
    }
  }

  async function piece() {
    const { file, offset } = upload;
    const started = performance.now();
    const size = Math.min(upload.size, file.size - offset);
    const answer = await ask("PATCH", upload.place, { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
      file.slice(offset, offset + size), (sent) => show(offset + Math.min(sent, size)));
    upload.offset = offsetOf(answer);
    upload.size = performance.now() - started < 5000 ? Math.min(2 * upload.size, LARGEST) : SMALLEST;
    upload.tries = 0;
    show(upload.offset);
  }

  async function go() {
    const mine = upload;
    mine.state = "going";
    let sure = mine.place === null; // whether we know where the hub stands
    buttons();
    while (mine.state === "going") {
      try {
        if (mine.place && !sure) { await look(); sure = true; show(mine.offset, true); }
        if (!mine.place) { await begin(); sure = true; show(mine.offset); say(words.sending); }
        else if (mine.offset < mine.file.size) await piece();
        else { await finish(); return; }
      } catch (fault) {
        if (mine.state !== "going") return;
        sure = false;
        if (fault instanceof Broken) await broken(mine);
        else { refused(fault); return; }
      }
    }
  }

  async function broken(mine) {
    const seconds = Math.min(2 ** mine.tries, LONGEST);
    mine.tries += 1;
    say(fill(words.lost, { seconds: number(seconds) }));
    const online = new Promise((done) => window.addEventListener("online", done, { once: true }));
    const resumed = new Promise((done) => { mine.wake = done; });
    await Promise.race([wait(seconds), online, resumed]);
    if (mine.state === "going") say(words.sending);
  }

  async function finish() {
    const answer = await ask("GET", upload.place);
    const { batch } = JSON.parse(answer.responseText);
    upload.state = "over";
    memory.forget(upload.file);
    show(upload.file.size);
    say(words.done);
    location.assign(form.dataset.batches + batch);
  }

  function refused(fault) {
    upload.state = "over";
    const away = fault.status === 401 || fault.code === "access.form_foreign";
    if (!away) memory.forget(upload.file);
    say(away ? words.away : fault.message || words.failed, true);
    over();
  }

  /* ---- what is seen ---- */

  let drawn = 0, from = 0, tenth = 0;

  function show(here, sure = false) {
    const { file } = upload, now = performance.now();
    if (now - drawn < 500 && here < file.size && !sure) return;
    bar.max = file.size;
    bar.value = here;
    const speed = drawn ? Math.max(0, here - from) / (now - drawn) : 0; // bytes in a millisecond
    upload.rate = upload.rate ? 0.7 * upload.rate + 0.3 * speed : speed;
    [drawn, from] = [now, here];
    figures.textContent = fill(words.figures, {
      percent: percent(here, file.size), sent: megabytes(here), total: megabytes(file.size), rate: number(Math.round(upload.rate)),
    });
    const reached = Math.floor((10 * here) / file.size);
    if (reached > tenth && reached < 10) line.textContent = percent(here, file.size); // heard, not only seen
    tenth = reached;
  }

  function say(text, bad = false) {
    line.textContent = text;
    line.classList.toggle("bad", bad);
    panel.hidden = false;
  }

  function buttons() {
    const busy = upload !== null && upload.state !== "over";
    for (const field of form.querySelectorAll("input:not([type=hidden]), select, textarea")) field.disabled = busy;
    sendButton.hidden = busy;
    panel.querySelector("[data-acts]").hidden = !busy;
    pauseButton.textContent = upload?.state === "paused" ? words.resume : words.pause;
  }

  function over() {
    buttons();
    figures.textContent = "";
    bar.removeAttribute("value");
    bar.hidden = true;
    sendButton.focus();
  }

  /* ---- what people do ---- */

  form.addEventListener("submit", (event) => {
    const file = form.elements.file.files[0];
    // An empty file has no piece: the form is told so.
    if (!file || file.size === 0) return;
    event.preventDefault();
    const said = { dataflow: form.elements.dataflow.value, period: form.elements.period.value, type: typeOf(file) };
    if (form.elements.dry_run?.checked) said.dry_run = "true";
    if (form.elements.sheet.value.trim()) said.sheet = form.elements.sheet.value.trim();
    if (said.type === TYPES.age) said.manifest = form.elements.manifest.value.trim();
    const known = memory.read(file);
    const same = known && JSON.stringify(known.said) === JSON.stringify(said);
    times += 1;
    upload = {
      file, said, key: `${form.elements.idempotency_key.value}-${times}`, place: same ? known.place : null,
      offset: 0, size: SMALLEST, tries: 0, rate: 0, state: "going",
    };
    [drawn, from, tenth] = [0, 0, 0];
    bar.hidden = false;
    say(words.sending);
    pauseButton.focus();
    go().then(null, () => refused(new Error()));
    pauseButton.focus();
  });

  const manifest = form.querySelector("[data-manifest]");
  manifest.hidden = false;
  manifest.addEventListener("change", async () => {
    const [chosen] = manifest.files;
    if (chosen && chosen.size <= form.elements.manifest.maxLength) form.elements.manifest.value = await chosen.text();
  });

  form.elements.file.addEventListener("change", async () => {
    if (form.elements.file.files[0]?.name.toLowerCase().endsWith(".age")) form.querySelector("[data-sealed]").open = true;
    const file = form.elements.file.files[0], known = file && memory.read(file);
    if (!known) { panel.hidden = true; return; }
    try {
      const here = offsetOf(await ask("HEAD", known.place));
      if (form.elements.file.files[0] !== file || upload?.state === "going") return;
      form.elements.dataflow.value = known.said.dataflow;
      form.elements.period.value = known.said.period;
      if (form.elements.dry_run) form.elements.dry_run.checked = known.said.dry_run === "true";
      form.elements.sheet.value = known.said.sheet ?? "";
      form.elements.manifest.value = known.said.manifest ?? "";
      bar.hidden = true;
      say(fill(words.found, { percent: percent(here, file.size) }));
    } catch (fault) {
      if (fault instanceof Refused && fault.status !== 401) memory.forget(file);
    }
  });

  pauseButton.addEventListener("click", () => {
    if (upload.state === "paused") { upload.tries = 0; say(words.sending); go().then(null, () => refused(new Error())); return; }
    upload.state = "paused";
    request?.abort();
    upload.wake?.();
    buttons();
    tellPause(upload, from);
    lookAfterPause(upload);
  });

  function tellPause(mine, here) {
    say(fill(words.paused, { percent: percent(here, mine.file.size) }));
  }

  /* What was under way when the line was let go is entered in a moment: then the hub's own figure is shown. */
  async function lookAfterPause(mine) {
    await wait(1);
    try { if (mine.place && mine.state === "paused") await look(); } catch { return; }
    if (mine !== upload || mine.state !== "paused") return;
    show(mine.offset, true);
    tellPause(mine, mine.offset);
  }

  cancelButton.addEventListener("click", async () => {
    const { place, file } = upload;
    upload.state = "over";
    request?.abort();
    upload.wake?.();
    memory.forget(file);
    try { if (place) await ask("DELETE", place); } catch { /* it expires by itself */ }
    say(words.cancelled);
    over();
  });
})();
