// Items are parsed one by one when they are looked at. Whatever they say is put into the page as text.
const rows = JSON.parse(byId("index").textContent);
const lines = byId("items").textContent.split("\n");
const lowered = [];
const state = { shown: [], drawn: 0, item: -1, repeat: 0, status: new Set(), kind: "", words: "", slice: null };
const CHUNK = 150;

function filter() {
  const wanted = needle(state.words.trim());
  state.shown = [];
  rows.forEach((row, index) => {
    if (state.status.size && !row.statuses.some((status) => state.status.has(status))) return;
    if (state.kind && row.kind !== state.kind) return;
    if (state.slice && row.slices[state.slice[0]] !== state.slice[1]) return;
    if (wanted) {
      lowered[index] ??= lines[index].toLowerCase();
      if (!lowered[index].includes(wanted)) return;
    }
    state.shown.push(index);
  });
  byId("count").textContent = state.shown.length === rows.length
    ? `${rows.length} items` : `${state.shown.length} of ${rows.length} items`;
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
  const marks = row.statuses.slice(0, 12).map(mark);
  if (row.statuses.length > 12) marks.push(element("span", {}, "…"));
  const partial = row.credit > 0 && row.credit < 1 ? ` · ${per(row.credit)}` : "";
  return element("li", {}, element("button", {
    type: "button", "data-index": index, "aria-current": index === state.item ? "true" : false,
    onclick: () => show(index, 0, false),
  }, element("span", { class: "marks" }, marks), element("span", { class: "id", title: row.id }, row.title + partial),
  element("span", { class: "gold" }, row.gold.replace(/\s+/g, " "))));
}

function show(index, repeat, move) {
  if (!(index >= 0 && index < rows.length)) return;
  const item = JSON.parse(lines[index]);
  state.item = index;
  state.repeat = Math.max(0, Math.min(repeat, item.responses.length - 1));
  const place = state.shown.indexOf(index);
  while (place >= state.drawn && state.drawn < state.shown.length) drawMore();
  for (const button of byId("list").querySelectorAll("button")) {
    const current = Number(button.dataset.index) === index;
    if (current) {
      button.setAttribute("aria-current", "true");
      if (move) button.scrollIntoView({ block: "nearest" });
    } else button.removeAttribute("aria-current");
  }
  history.replaceState(null, "", `#item/${encodeURIComponent(item.id)}/${state.repeat + 1}`);
  const detail = byId("detail");
  detail.replaceChildren(...itemParts(item, place));
  detail.scrollTop = 0;
}
function itemParts(item, place) {
  const one = item.responses[state.repeat];
  const step = (name, to) => element("button", {
    type: "button", disabled: place < 0 || to < 0 || to >= state.shown.length,
    onclick: () => show(state.shown[to], 0, true),
  }, name);
  const parts = [element("div", { class: "top" }, element("h3", {}, rows[state.item].title),
    element("span", { class: "role", title: item.id }, `${words(item.kind)} · ${item.id}`), step("Previous", place - 1), step("Next", place + 1))];
  if (item.responses.length > 1) parts.push(repeats(item));
  parts.push(verdictLine(one), ...judged(item, one),
    element("div", { class: "texts" }, element("div", {}, ...promptParts(item)), element("div", {}, ...responseParts(one))),
    element("details", {}, element("summary", {}, "Facts"), pairs(named({ cluster: item.cluster, date: item.date, ...item.facts }))));
  return parts;
}
function repeats(item) {
  return element("div", { class: "repeats", role: "group", "aria-label": "Responses" },
    item.responses.map((one, repeat) => element("button", {
      type: "button", class: one.verdict.status, "aria-pressed": String(repeat === state.repeat),
      onclick: () => { show(state.item, repeat, false); byId("detail").focus(); },
    }, mark(one.verdict.status), String(repeat + 1))));
}
function verdictLine(one) {
  const { status, reason, credit } = one.verdict;
  const said = [words(reason)];
  if (credit > 0 && credit < 1) said.push(`credit ${per(credit)}`);
  if (one.stop && one.stop !== "stop") said.push(`ended by ${words(one.stop)}`);
  if (one.usage) said.push(`${one.usage.input_tokens} tokens in, ${one.usage.output_tokens} out`
    + (one.usage.reasoning_tokens ? ` (${one.usage.reasoning_tokens} of thought)` : ""));
  if (one.seconds) said.push(`${one.seconds.toFixed(2)} s`);
  if (one.attempts > 1) said.push(`${one.attempts} attempts`);
  return element("p", { class: `verdict ${status}` },
    element("strong", {}, mark(status), words(status)), said.map((text) => element("span", {}, text)));
}
function judged(item, one) {
  const { answer, status, detail } = one.verdict;
  const parts = [];
  if (one.figure) parts.push(...drawn(one.figure));
  if (one.divergence) parts.push(...steps(one.divergence));
  const right = status === "correct";
  const given = typeof answer === "string" ? answer : null;
  const [gold, said] = given === null || right || one.divergence
    ? [[item.gold], [given === null ? "" : given]] : compared(item.gold, given);
  const whole = element("div", { class: "pair" },
    element("div", {}, element("h4", {}, "Correct answer"), copied(item.gold, gold)),
    element("div", {}, element("h4", {}, "The model's answer"),
      given === null ? element("p", { class: "role" }, "none was found") : copied(given, said)));
  if (one.divergence || one.figure) parts.push(element("details", {}, element("summary", {}, "The whole answers"), whole));
  else parts.push(whole);
  const known = ["steps", "first_divergent_step", "expected", "given"];
  if (one.seen) parts.push(element("h4", {}, "What the judge saw"), ...one.seen.tables.map(table),
    pairs(Object.fromEntries(one.seen.lines)));
  const rest = Object.entries(one.seen ? {} : detail || {}).filter(([key]) => key !== "variables" && !(one.divergence && known.includes(key)));
  if (rest.length) parts.push(element("h4", {}, "What the judge saw"), pairs(named(Object.fromEntries(rest))));
  const variables = Object.entries(detail?.variables || {});
  if (variables.length) parts.push(element("h4", {}, "Changes of variables that are right at the same step"),
    pairs(Object.fromEntries(variables.map(([name, [right, all]]) => [name, `${right} of ${all}`]))));
  return parts;
}
function table({ columns, rows, wrong }) {
  const cells = (row) => row.map((text, at) => element(at ? "td" : "th", at ? {} : { scope: "row" }, text));
  return element("div", { class: "wide" }, element("table", { class: "seen" },
    element("thead", {}, element("tr", {}, columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, rows.map((row, at) => element("tr", { class: wrong.includes(at) ? "fails" : "" }, cells(row))))));
}
// Every part of a drawing is made here from numbers and text: nothing of it is read as markup.
function drawn(figure) {
  const svg = (tag, attributes, ...inside) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
    made.append(...inside);
    return made;
  };
  const titled = (text) => text ? [svg("title", {}, text)] : [];
  const shapes = {
    line: ({ points, ink, width }) => svg("polyline", { points: points.map((at) => at.join(",")).join(" "), class: `line ink-${ink}`, "stroke-width": width }),
    dot: ({ at, radius, ink, title }) => svg("circle", { cx: at[0], cy: at[1], r: radius, class: `dot ink-${ink}` }, ...titled(title)),
    ring: ({ at, radius, ink, title }) => svg("circle", { cx: at[0], cy: at[1], r: radius, class: `ring ink-${ink}` }, ...titled(title)),
    band: ({ at, size, ink, title }) => svg("rect", { x: at[0], y: at[1], width: size[0], height: size[1], class: `band ink-${ink}` }, ...titled(title)),
    words: ({ at, text, ink }) => svg("text", { x: at[0], y: at[1], class: `words ink-${ink}` }, text),
  };
  const picture = svg("svg", { viewBox: `0 0 ${figure.width} ${figure.height}`, width: figure.width, height: figure.height, role: "img", class: "figure" },
    svg("title", {}, figure.title), ...figure.shapes.map((one) => shapes[one.shape](one)));
  const key = figure.key.map(([ink, text]) => element("span", {}, element("i", { class: `ink ink-${ink}` }), text));
  return [element("h4", {}, "The answer, drawn"), element("div", { class: "drawing" }, picture, element("p", { class: "key" }, key))];
}
function steps(found) {
  const side = (step, name) => step
    ? element("td", {}, step.source ? element("span", { class: "source" }, step.source) : null,
      step.lines.map(([text, differs]) =>
        element("span", { class: "text" }, differs ? element("mark", { class: name }, text) : text)))
    : element("td", { class: "ended" }, "the answer has ended");
  const title = found.first > Math.min(found.gold_steps, found.given_steps)
    ? `The answers are equal up to step ${found.first - 1}, where one ends` : `The first step that differs is step ${found.first}`;
  return [element("h4", {}, `${title} (${found.gold_steps} steps expected, ${found.given_steps} given)`),
    element("table", { class: "steps" },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "step"), element("th", { scope: "col" }, "correct"), element("th", { scope: "col" }, "given"))),
      element("tbody", {}, found.rows.map((row) => element("tr", { class: row.same ? "same" : row.step === found.first ? "first" : "" },
        element("th", { scope: "row" }, String(row.step)), side(row.gold, "less"), side(row.given, "more")))))];
}
function promptParts(item) {
  const last = item.messages.length - 1;
  const message = (one) => element("div", { class: "message" }, element("p", { class: "role" }, one.role), element("pre", {}, one.content));
  const parts = [element("h4", {}, "Prompt")];
  if (last > 0) parts.push(element("details", {}, element("summary", {}, `${last} message${last > 1 ? "s" : ""} before the question`), item.messages.slice(0, last).map(message)));
  if (last >= 0) parts.push(copied(item.messages[last].content, prose(item.messages[last].content)));
  return parts;
}
function responseParts(one) {
  if (one.error) return [element("h4", {}, "Error"), element("pre", {}, one.error)];
  if (typeof one.text !== "string") return [element("h4", {}, "Response"), element("p", { class: "role" }, "there is none yet")];
  const answer = one.verdict.answer;
  const [inner, said] = apart(one.text);
  const at = answer ? said.lastIndexOf(answer) : -1;
  const text = at < 0 ? prose(said)
    : [said.slice(0, at), element("mark", {}, answer), said.slice(at + answer.length)];
  return [element("h4", {}, "Response"), thought(one.reasoning || inner),
    one.text === "" ? element("p", { class: "role" }, "it is empty") : copied(one.text, text)];
}
function chips() {
  const counts = {};
  for (const row of rows) for (const status of new Set(row.statuses)) counts[status] = (counts[status] || 0) + 1;
  for (const status of STATUSES.filter((status) => counts[status])) {
    const chip = element("button", { type: "button", class: status, "aria-pressed": "false", onclick: () => {
      const on = !state.status.delete(status);
      if (on) state.status.add(status);
      chip.setAttribute("aria-pressed", String(on));
      filter();
    } }, mark(status), `${words(status)} ${counts[status]}`);
    byId("chips").append(chip);
  }
  const kinds = [...new Set(rows.map((row) => row.kind))].sort();
  if (kinds.length > 1) {
    const select = byId("kind");
    select.hidden = false;
    select.append(element("option", { value: "" }, "all kinds"), ...kinds.map((kind) => element("option", { value: kind }, words(kind))));
    select.addEventListener("change", () => { state.kind = select.value; filter(); });
  }
}
// A row of a slice shows its items.
for (const row of document.querySelectorAll("tr[data-fact]")) {
  const button = row.querySelector("button");
  button.addEventListener("click", () => {
    const { fact, value } = row.dataset;
    const off = state.slice && state.slice[0] === fact && state.slice[1] === value;
    state.slice = off ? null : [fact, value];
    sliceChip();
    filter();
    if (!off) byId("items-title").scrollIntoView();
  });
}
listen((to) => show(to, 0, true));
function follow() {
  const [, id, repeat] = location.hash.match(/^#item\/([^/]*)\/?(\d*)$/) || [];
  if (id === undefined) return false;
  let name;
  try { name = decodeURIComponent(id); } catch { return false; }
  const index = rows.findIndex((row) => row.id === name);
  if (index < 0) return false;
  show(index, (Number(repeat) || 1) - 1, true);
  byId("items-title").scrollIntoView();
  return true;
}
addEventListener("hashchange", follow);
chips();
filter();
if (!follow() && rows.length) {
  // The first one that went wrong is what a reader looks for.
  const { pathname, search, hash } = location;
  show(Math.max(0, rows.findIndex((row) => row.statuses.some((status) => status !== "correct"))), 0, false);
  history.replaceState(null, "", pathname + search + hash);
}
