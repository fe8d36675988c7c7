// Several runs on the same items, side by side.
const runs = JSON.parse(byId("runs").textContent);
const rows = JSON.parse(byId("index").textContent);
const lines = byId("items").textContent.split("\n");
const lowered = [];
const state = { shown: [], drawn: 0, item: -1, which: "differ", kind: "", order: "", words: "", slice: null };
const CHUNK = 150;
const right = (row, run) => row.values[run] > 0.5;

const WHICH = [["all", "all items", () => true],
  ["differ", "items on which runs differ", (row) => new Set(row.values).size > 1],
  ["all-right", "right in every run", (row) => runs.every((_, run) => right(row, run))],
  ["all-wrong", "wrong in every run", (row) => runs.every((_, run) => !right(row, run))]];
for (const [a, one] of runs.entries()) for (const [b, other] of runs.entries()) {
  if (a !== b) WHICH.push([`${a}-${b}`, `${one.letter} right, ${other.letter} wrong`, (row) => right(row, a) && !right(row, b)]);
}
const spread = (row) => Math.max(...row.values) - Math.min(...row.values);
const sum = (row) => row.values.reduce((total, value) => total + value, 0);
const ORDERS = [["", "as asked", null], ["differ", "largest difference first", (a, b) => spread(b) - spread(a)],
  ["hard", "hardest first", (a, b) => sum(a) - sum(b)], ["easy", "easiest first", (a, b) => sum(b) - sum(a)],
  ["title", "by title", (a, b) => a.title.localeCompare(b.title)]];

function filter() {
  const wanted = needle(state.words.trim());
  const holds = WHICH.find(([name]) => name === state.which)[2];
  state.shown = [];
  rows.forEach((row, index) => {
    if (!holds(row) || (state.kind && row.kind !== state.kind)) return;
    if (state.slice && row.slices[state.slice[0]] !== state.slice[1]) return;
    if (wanted) {
      lowered[index] ??= lines[index].toLowerCase();
      if (!lowered[index].includes(wanted)) return;
    }
    state.shown.push(index);
  });
  const order = ORDERS.find(([name]) => name === state.order)[2];
  if (order) state.shown.sort((a, b) => order(rows[a], rows[b]) || a - b);
  byId("count").textContent = state.shown.length === rows.length
    ? `${rows.length} items` : `${state.shown.length} of ${rows.length} items`;
  for (const button of document.querySelectorAll("button[data-right]")) {
    button.setAttribute("aria-pressed", String(state.which === `${button.dataset.right}-${button.dataset.wrong}`));
  }
  byId("which").value = state.which;
  const list = byId("list");
  list.replaceChildren();
  list.scrollTop = 0;
  state.drawn = 0;
  if (!state.shown.length) list.append(element("li", { class: "empty" }, "No item is like that."));
  drawMore();
}
function drawMore() {
  const end = Math.min(state.drawn + CHUNK, state.shown.length);
  const made = document.createDocumentFragment();
  for (; state.drawn < end; state.drawn++) made.append(listRow(state.shown[state.drawn]));
  byId("list").append(made);
}
function listRow(index) {
  const row = rows[index];
  return element("li", {}, element("button", {
    type: "button", "data-index": index, "aria-current": index === state.item ? "true" : false,
    onclick: () => show(index, false),
  }, element("span", { class: "marks" }, row.statuses.map(mark)), element("span", { class: "id", title: row.id }, row.title),
  element("span", { class: "gold" }, row.gold.replace(/\s+/g, " "))));
}
function show(index, move) {
  if (!(index >= 0 && index < rows.length)) return;
  const item = JSON.parse(lines[index]);
  state.item = index;
  const place = state.shown.indexOf(index);
  while (place >= state.drawn && state.drawn < state.shown.length) drawMore();
  for (const button of byId("list").querySelectorAll("button")) {
    const current = Number(button.dataset.index) === index;
    if (current) {
      button.setAttribute("aria-current", "true");
      if (move) button.scrollIntoView({ block: "nearest" });
    } else button.removeAttribute("aria-current");
  }
  history.replaceState(null, "", `#item/${encodeURIComponent(rows[index].id)}`);
  const detail = byId("detail");
  detail.replaceChildren(...itemParts(item, rows[index], place));
  detail.scrollTop = 0;
}
function itemParts(item, row, place) {
  const step = (name, to) => element("button", {
    type: "button", disabled: place < 0 || to < 0 || to >= state.shown.length,
    onclick: () => show(state.shown[to], true),
  }, name);
  const last = item.messages.length - 1;
  return [element("div", { class: "top" }, element("h3", {}, row.title), element("span", { class: "role" }, `${words(row.kind)} · ${row.id}`),
    step("Previous", place - 1), step("Next", place + 1)),
    element("h4", {}, "Correct answer"), copied(item.gold),
    element("div", { class: "answers" }, item.runs.map((responses, run) => element("div", { class: `run-${run}` }, ...answerParts(item, responses, run)))),
    element("details", {}, element("summary", {}, "Prompt"), item.messages.slice(0, last).map((one) => element("pre", {}, one.content)),
      last >= 0 ? copied(item.messages[last].content, prose(item.messages[last].content)) : null),
    element("details", {}, element("summary", {}, "Facts"), pairs(named(item.facts)))];
}
function answerParts(item, responses, run) {
  const parts = [element("p", { class: "role" }, element("b", { class: "letter" }, runs[run].letter), ` ${runs[run].name}`)];
  for (const [repeat, one] of responses.entries()) {
    const { status, reason, answer } = one.verdict;
    parts.push(element("p", { class: `verdict ${status}` }, responses.length > 1 ? element("span", {}, String(repeat + 1)) : null,
      element("strong", {}, mark(status), words(status)), element("span", {}, words(reason))));
    const shown = typeof answer === "string" ? (status === "correct" ? answer : compared(item.gold, answer)[1]) : null;
    if (shown !== null) parts.push(copied(answer, shown));
    const [inner, said] = apart(typeof one.text === "string" ? one.text : "");
    const body = [thought(one.reasoning || inner)];
    if (one.error) body.push(element("pre", {}, one.error));
    else if (typeof one.text === "string") body.push(one.text === "" ? element("p", { class: "role" }, "it is empty") : copied(one.text, prose(said)));
    else body.push(element("p", { class: "role" }, "there is none"));
    parts.push(element("details", { open: responses.length === 1 }, element("summary", {}, "Response"), ...body.filter(Boolean)));
  }
  return parts;
}

for (const [name, text] of WHICH) byId("which").append(element("option", { value: name }, text));
for (const [name, text] of ORDERS) byId("order").append(element("option", { value: name }, text));
const kinds = [...new Set(rows.map((row) => row.kind))].sort();
if (kinds.length > 1) {
  byId("kind").hidden = false;
  byId("kind").append(element("option", { value: "" }, "all kinds"), ...kinds.map((kind) => element("option", { value: kind }, words(kind))));
}
for (const name of ["which", "kind", "order"]) {
  byId(name).addEventListener("change", (event) => { state[name] = event.target.value; filter(); });
}
function jump() {
  filter();
  byId("items-title").scrollIntoView();
  if (state.shown.length) show(state.shown[0], false);
}
for (const button of document.querySelectorAll("button[data-right]")) {
  button.addEventListener("click", () => { state.which = `${button.dataset.right}-${button.dataset.wrong}`; jump(); });
}
for (const row of document.querySelectorAll("tr[data-fact]")) {
  row.querySelector("button").addEventListener("click", () => {
    const { fact, value } = row.dataset;
    const off = state.slice && state.slice[0] === fact && state.slice[1] === value;
    state.slice = off ? null : [fact, value];
    state.which = "all";
    sliceChip();
    if (off) filter(); else jump();
  });
}
listen((to) => show(to, true));
if (!rows.some((row) => spread(row) > 0)) state.which = "all";
const asked = location.hash.match(/^#item\/(.*)$/);
let index = -1;
try { index = asked ? rows.findIndex((row) => row.id === decodeURIComponent(asked[1])) : -1; } catch { index = -1; }
if (index >= 0) state.which = "all";
filter();
if (index >= 0) show(index, true);
else if (state.shown.length) show(state.shown[0], false);
