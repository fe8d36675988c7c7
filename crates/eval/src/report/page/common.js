"use strict";
// What the pages of evaluations share.
const STATUSES = ["correct", "wrong", "unparsable", "set_order", "truncated", "refused", "api_error", "missing"];

const words = (text) => text.replaceAll("_", " ");
const mark = (status) => element("i", { class: `mark ${status}`, role: "img", "aria-label": words(status) });
const per = (share) => `${(100 * share).toFixed(1)} %`;

// What is searched for, as it stands in a line of data.
function needle(text) {
  return JSON.stringify(text.toLowerCase()).slice(1, -1)
    .replace(/[<>&\u2028\u2029]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}
// The middle of two texts that begin and end alike.
function compared(gold, given) {
  const [a, b] = [Array.from(gold), Array.from(given)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const part = (text, name) => [text.slice(0, start).join(""),
    element("mark", { class: name }, text.slice(start, text.length - end).join("")), text.slice(text.length - end).join("")];
  return [part(a, "less"), part(b, "more")];
}
function named(values) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [words(key), value]));
}
function pairs(values) {
  // An object of an object is a line of names and values.
  const plain = (value) => typeof value === "number" ? String(Math.round(value * 1e4) / 1e4) : JSON.stringify(value);
  const text = (value) => typeof value === "string" ? value
    : typeof value === "number" || Array.isArray(value) || value === true || value === false ? plain(value)
    : Object.entries(value).map(([key, inner]) => `${words(key)} ${inner && typeof inner === "object" && !Array.isArray(inner) ? `(${text(inner)})` : typeof inner === "string" ? inner : plain(inner)}`).join(", ");
  return element("dl", { class: "pairs" }, Object.entries(values)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => element("div", {}, element("dt", {}, key), element("dd", {}, lines(value)))));
  // An object of texts has a line for each.
  function lines(value) {
    const isLines = value && typeof value === "object" && !Array.isArray(value) && Object.values(value).length > 0
      && Object.values(value).every((inner) => typeof inner === "string");
    return isLines ? Object.entries(value).map(([key, inner]) => element("div", {}, `${words(key)}: ${inner}`)) : text(value);
  }
}

// A text whose fenced blocks are code.
function prose(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(/```(?:python|py)?\n([\s\S]*?)```/g)) {
    const start = found.index + found[0].indexOf("\n") + 1;
    parts.push(text.slice(end, start), ...python(found[1]).map(span));
    end = start + found[1].length;
  }
  parts.push(text.slice(end));
  return parts;
}
// A response without the thought that stands before it in tags, and that thought.
function apart(text) {
  const found = text.match(/^\s*<(think|thinking|thought|reasoning|seed:think)>([\s\S]*?)<\/\1>\s*/i);
  return found && found[0].length < text.length ? [found[2].trim(), text.slice(found[0].length)] : ["", text];
}
function thought(text) {
  return text ? element("details", { class: "thought" }, element("summary", {}, `Thought (${text.length.toLocaleString("en")} characters)`), copied(text)) : null;
}
// The chip of the chosen slice, and its row.
function sliceChip() {
  for (const row of document.querySelectorAll("tr[data-fact]")) {
    const on = state.slice && row.dataset.fact === state.slice[0] && row.dataset.value === state.slice[1];
    row.querySelector("button").setAttribute("aria-pressed", String(Boolean(on)));
  }
  byId("slice").hidden = !state.slice;
  if (state.slice) byId("slice").textContent = `${words(state.slice[0])}: ${state.slice[1]} ✕`;
}
// Chip, search and list of a page that has `state`, `filter` and `drawMore`; `show` opens an item by its row.
function listen(show) {
  byId("slice").addEventListener("click", () => { state.slice = null; sliceChip(); filter(); });
  let timer;
  byId("search").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => { state.words = event.target.value; filter(); }, 150);
  });
  byId("list").addEventListener("scroll", (event) => {
    const list = event.currentTarget;
    if (list.scrollTop + 2 * list.clientHeight > list.scrollHeight) drawMore();
  });
  byId("list").addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const to = state.shown[state.shown.indexOf(state.item) + way];
    if (to === undefined) return;
    show(to);
    byId("list").querySelector("[aria-current]")?.focus();
  });
}
