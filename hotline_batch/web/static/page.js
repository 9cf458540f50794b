// What makes the page more convenient. Nothing here is needed: every form and every page works without it.
"use strict";

// ── progress: one part of the page is fetched anew, every two seconds, less often where nobody looks ──
const SECONDS_HIDDEN = 15;
const SECONDS_OF_PATIENCE = 10;

function follow(part) {
  const seconds = Number(part.dataset.every) || 2;
  let timer = 0;
  let isLooking = false;

  async function look() {
    clearTimeout(timer);
    if (isLooking) return; // that one sets the time of the next
    isLooking = true;
    try {
      const signal = AbortSignal.timeout(1000 * SECONDS_OF_PATIENCE);
      const answer = await fetch(part.dataset.follow, { cache: "no-store", redirect: "error", signal });
      if (answer.status >= 400 && answer.status < 500) {
        // Signed out, or the run is gone: the page itself says which, and asking again changes nothing.
        location.reload();
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-follow]");
      if (!fresh) throw new Error("no such part");
      if (fresh.dataset.ended) {
        location.reload();
        return;
      }
      if (fresh.dataset.title) document.title = fresh.dataset.title;
      part.replaceWith(fresh);
      part = fresh;
      lost(false);
    } catch {
      lost(true);
    } finally {
      isLooking = false;
    }
    timer = setTimeout(look, 1000 * (document.hidden ? SECONDS_HIDDEN : seconds));
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
  timer = setTimeout(look, 1000 * seconds);
}

// A program that does not answer has not finished anything: say so, and go on asking.
function lost(isLost) {
  for (const words of document.querySelectorAll("[data-lost]")) words.hidden = !isLost;
}

for (const part of document.querySelectorAll("[data-follow]")) follow(part);

// ── a page that waits asks in the background, and goes on once there is something else to see ──
async function goOn(place) {
  try {
    const answer = await fetch(place.dataset.goesOn, { cache: "no-store" });
    if (!(await answer.text()).includes("data-goes-on")) {
      location.replace(answer.url);
      return;
    }
  } catch {
    // The program may be back in a moment.
  }
  setTimeout(goOn, 1000, place);
}
for (const place of document.querySelectorAll("[data-goes-on]")) setTimeout(goOn, 1000, place);

// ── a field for a file says in the language of the page what to press, and what was chosen ──
for (const place of document.querySelectorAll("[data-file]")) {
  const field = place.querySelector("input[type=file]");
  const name = place.querySelector("[data-file-name]");
  const tell = () => {
    name.textContent = field.files.length ? field.files[0].name : name.dataset.none;
  };
  place.classList.add("has-words");
  place.querySelector("[data-file-words]").hidden = false;
  field.addEventListener("change", tell);
  field.form.addEventListener("reset", () => setTimeout(tell));
  addEventListener("pageshow", tell);
}

// ── a field for a file takes what is dropped on it ──
for (const place of document.querySelectorAll("[data-drop]")) {
  const field = place.querySelector("input[type=file]");
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("is-over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = event.dataTransfer.files;
    // Which of several is meant nobody can tell, and one field holds one sheet.
    for (const words of place.querySelectorAll("[data-several]")) words.hidden = files.length < 2;
    if (files.length !== 1) return;
    field.files = files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// ── a column is put into the text where the cursor stands; at its end, as long as it stands nowhere ──
for (const text of document.querySelectorAll("[data-placeholders]")) {
  text.setSelectionRange(text.value.length, text.value.length);
  for (const pick of text.form.querySelectorAll("button[name=insert]")) {
    pick.addEventListener("click", (event) => {
      event.preventDefault();
      const before = text.value.slice(0, text.selectionStart);
      const gap = /[^\s(]$/.test(before) ? " " : "";
      text.setRangeText(gap + pick.value, text.selectionStart, text.selectionEnd, "end");
      text.focus();
    });
  }
}

// ── Enter in a field, or on a tick, sends and settles nothing: what does that has a button of its own ──
for (const first of document.querySelectorAll("[data-only-pressed]")) {
  first.form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });
}

// ── what starts a run does not start it while something else on the page is typed or chosen, and not kept ──
const isChanged = (field) => {
  if (field.validity?.badInput) return true; // half a date has no value yet
  if (field.matches("textarea, input:not([type=hidden], [type=checkbox], [type=radio])")) {
    return field.value !== field.defaultValue;
  }
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (!field.matches("select")) return false;
  // Of several that are marked, as columns of one name are, a browser takes the last.
  const usual = [...field.options].filter((option) => option.defaultSelected).at(-1) ?? field.options[0];
  return field.options[field.selectedIndex] !== usual;
};

for (const form of document.querySelectorAll("form[data-all-kept]")) {
  const words = form.querySelector("[data-not-kept]");
  const notKept = () => {
    const others = [...document.querySelectorAll("main form[method=post]")].filter((other) => other !== form);
    return others.flatMap((other) => [...other.elements]).filter(isChanged);
  };
  form.addEventListener("submit", (event) => {
    words.hidden = !notKept().length;
    if (words.hidden) return;
    event.preventDefault();
    words.focus();
  });
  words.querySelector("[data-go-there]").addEventListener("click", () => {
    const field = notKept()[0];
    words.hidden = !field; // it was put back by hand meanwhile
    for (let place = field?.closest("details"); place; place = place.parentElement.closest("details")) place.open = true;
    field?.focus();
  });
  words.querySelector("[data-take-back]").addEventListener("click", () => {
    for (const field of notKept()) field.form.reset();
    words.hidden = true;
    form.querySelector(".big-button").focus();
  });
}

// ── a second click on a button does nothing while the first is under way ──
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // it was not sent
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// ── what is wrong is read out, and is where the keyboard goes on ──
document.querySelector("[role=alert]:not([hidden])")?.focus();
