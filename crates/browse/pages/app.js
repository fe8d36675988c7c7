"use strict";
// Which page is shown, its keys, and light or dark.
let turn = 0;
let kept = null;

function failure(error) {
  return element("p", { class: "note", role: "alert" }, String(error.message || error));
}
function parsed() {
  const [, path, query] = location.hash.match(/^#\/([^?]*)\??(.*)$/) || [null, "", ""];
  const [page, id] = path.split("/");
  return { page: page || "overview", id, query };
}
async function route(same) {
  const { page, id, query } = parsed();
  const own = ++turn;
  const main = byId("main");
  keep();
  for (const link of document.querySelectorAll("nav a")) {
    const current = link.dataset.page === page || (page === "sample" && link.dataset.page === "samples");
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (page === "samples" && kept?.query === query && same !== true) return restore(main);
  main.classList.add("busy");
  const makers = { overview: overviewPage, samples: () => samplesPage(query), sample: () => samplePage(id, query), "left-out": leftOutPage };
  let parts;
  try {
    parts = await (makers[page] || overviewPage)();
  } catch (error) {
    parts = [failure(error)];
  }
  // Another page was asked for meanwhile.
  if (own !== turn) return;
  show(main, parts, page, query);
}
function show(main, parts, page, query) {
  const focus = focused();
  const from = main.dataset.page;
  main.replaceChildren(...parts.filter(Boolean));
  main.classList.remove("busy");
  main.dataset.page = page;
  main.dataset.query = query;
  if (page !== "sample") viewer = null;
  if (page === "sample") viewer?.slider && viewer.go(viewer.step);
  if (from === page && page === "samples") return refocus(focus);
  scrollTo({ top: 0, behavior: "instant" });
  if (from !== undefined && !(page === "sample" && from === "sample")) main.focus({ preventScroll: true });
}
// The list of samples stays as it was while one of them is looked at.
function keep() {
  const main = byId("main");
  if (main.dataset.page === "samples" && !main.classList.contains("busy")) {
    kept = { query: main.dataset.query, parts: [...main.children], scroll: scrollY, link: document.activeElement };
  }
}
function restore(main) {
  main.replaceChildren(...kept.parts);
  main.classList.remove("busy");
  main.dataset.page = "samples";
  main.dataset.query = kept.query;
  viewer = null;
  scrollTo({ top: kept.scroll, behavior: "instant" });
  if (kept.link && main.contains(kept.link)) kept.link.focus({ preventScroll: true });
}
function focused() {
  const at = document.activeElement;
  return { id: at?.id, key: at?.dataset?.key, start: at?.selectionStart, end: at?.selectionEnd };
}
function refocus({ id, key, start, end }) {
  const found = id === "search" ? byId("search") : key ? [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key) : null;
  found?.focus({ preventScroll: true });
  if (id === "search") found?.setSelectionRange(start, end);
}

const KEYS = [
  ["←  →", "a step back, forwards"], ["Shift + ←  →", "the same over calls: not into them"], ["[  ]", "the last, the next time that this line runs"],
  ["Home  End", "to the start, to the end"], ["Q", "to the moment that is asked about"], ["R", "show the answer"],
  ["N  P", "next, previous sample"], ["/", "search"], ["G", "back to the list"], ["T", "light or dark"], ["?", "this list"],
];
function keysDialog() {
  byId("keys").replaceChildren(element("h2", { id: "keys-title" }, "Keys"),
    element("dl", { class: "keys" }, KEYS.flatMap(([key, text]) => [element("dt", {}, key.split("  ").map((one) => [element("kbd", {}, one), " "])), element("dd", {}, text)])),
    element("form", { method: "dialog" }, element("button", {}, "Close")));
  byId("keys").showModal();
}
function themed(next) {
  const root = document.documentElement;
  if (next) root.dataset.theme = next;
  try {
    if (next) localStorage.setItem("theme", next);
    else if (localStorage.getItem("theme")) root.dataset.theme = localStorage.getItem("theme");
  } catch { /* Pages from files may not remember it. */ }
}
function otherTheme() {
  const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  themed(dark ? "light" : "dark");
}
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  const typing = event.target.closest?.("input:not([type=checkbox]), select, textarea");
  if (typing && !(typing.type === "range" && event.key.length === 1)) return;
  const acts = {
    "?": keysDialog, t: otherTheme, g: () => { location.hash = `#/samples?${parsed().query}`; },
    "/": () => { if (byId("search")) byId("search").focus(); else location.hash = "#/samples"; },
  };
  const act = acts[event.key] || acts[event.key.toLowerCase()];
  if (act) act();
  else if (!viewer?.key(event)) return;
  event.preventDefault();
}
async function begin() {
  themed();
  addEventListener("hashchange", route);
  addEventListener("keydown", onKey);
  byId("help").addEventListener("click", keysDialog);
  byId("theme").addEventListener("click", otherTheme);
  // The address of the list is asked for again by a link to it, which changes nothing.
  route();
  try {
    const data = await overview();
    byId("title").replaceChildren(data.corpus || data.store, " ", element("small", {}, data.corpus ? data.store : ""));
    document.title = `${data.corpus || data.store} – Tracestone data`;
  } catch (error) { byId("title").textContent = "the store cannot be read"; say(String(error.message)); }
}
begin();
