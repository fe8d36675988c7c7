"use strict";
// Samples with filters and search.
const CHUNK = 60;
const OPEN = new Set(["kind", "split", "source"]);

// The address of a selection: values of properties, words and order.
function address(values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) for (const one of [value].flat()) query.append(name, one);
  return `#/samples?${query}`;
}
function changed(query, change) {
  const next = new URLSearchParams(query);
  change(next);
  location.hash = `#/samples?${next}`;
}
function toggle(query, name, value) {
  changed(query, (next) => next.has(name, value) ? next.delete(name, value) : next.append(name, value));
}

async function samplesPage(query) {
  const wanted = new URLSearchParams(query);
  const found = await list(query, 0, CHUNK);
  const rows = element("ul", { class: "rows", "aria-label": "Samples" });
  draw(rows, found, query);
  const more = element("button", { type: "button", class: "more", hidden: found.lines.length >= found.total }, "Show more");
  let shown = found.lines.length;
  more.addEventListener("click", async () => {
    more.disabled = true;
    const next = await list(query, shown, CHUNK);
    const first = rows.children[shown - 1];
    draw(rows, next, query);
    shown += next.lines.length;
    more.disabled = false;
    more.hidden = shown >= found.total;
    first?.nextElementSibling?.querySelector("a").focus();
  });
  const results = element("section", { "aria-label": "Samples" }, searchBar(wanted, query, found.total), chosenChips(wanted, query),
    found.total === 0 ? element("p", { class: "empty" }, "No sample is like that.") : rows, more);
  say(`${counted(found.total, "sample")}`);
  return [element("div", { class: "samples" }, filterPanel(found.facets, wanted, query), results)];
}
function searchBar(wanted, query, total) {
  const search = element("input", { type: "search", id: "search", placeholder: "Name, path, program, call or identifier", "aria-label": "Search in names, paths, programs, calls and identifiers",
    autocomplete: "off", spellcheck: "false", value: wanted.get("q") || "" });
  let timer;
  const go = () => {
    clearTimeout(timer);
    if (search.value.trim() !== (wanted.get("q") || "")) {
      changed(query, (next) => search.value.trim() ? next.set("q", search.value.trim()) : next.delete("q"));
    }
  };
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(go, 350); });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
  const orders = [["program", "by program"], ["shuffled", "shuffled"], ["steps", "longest runs"], ["answer", "longest answers"]];
  const order = element("select", { "aria-label": "Order", onchange: () => changed(query, (next) => next.set("order", order.value)) },
    orders.map(([value, text]) => element("option", { value, selected: value === (wanted.get("order") || "program") }, text)));
  const count = element("strong", { class: "number" }, counted(total, "sample"));
  const limited = FROM_FILES && STATIC.lines.length < STATIC.overview.samples
    ? element("span", { class: "soft" }, `of ${grouped(STATIC.lines.length)} in these pages; the store has ${grouped(STATIC.overview.samples)}`) : null;
  return element("div", { class: "search", role: "search" }, search, order, count, limited);
}
function chosenChips(wanted, query) {
  const chips = [...wanted].filter(([name]) => name in TITLES || name === "q").map(([name, value]) =>
    element("button", { type: "button", title: "Remove this filter", onclick: () => changed(query, (next) => next.delete(name, value)) },
      `${name === "q" ? "words" : TITLES[name]}: ${value === "" ? "(empty)" : words(value)} ✕`));
  return element("div", { class: "chosen" }, chips);
}
function filterPanel(facets, wanted, query) {
  const narrow = matchMedia("(max-width: 900px)").matches;
  const parts = facets.filter((facet) => told(facet) || wanted.has(facet.name)).map((facet) => {
    const chosen = wanted.getAll(facet.name);
    const total = facet.values.reduce((sum, [, count]) => sum + count, 0) + facet.others[1];
    const details = element("details", { open: chosen.length > 0 || (OPEN.has(facet.name) && !narrow) },
      element("summary", {}, TITLES[facet.name], chosen.length ? element("b", {}, ` · ${chosen.length}`) : null),
      bars(facet.name, facet.values, total, (value) => toggle(query, facet.name, value), chosen),
      facet.others[0] ? element("p", { class: "soft" }, `and ${grouped(facet.others[0])} more values of ${counted(facet.others[1], "sample")}`) : null);
    details.addEventListener("toggle", () => details.open ? OPEN.add(facet.name) : OPEN.delete(facet.name));
    return details;
  });
  // On a phone the samples come first.
  const all = narrow ? element("details", { class: "all", open: OPEN.has("all") }, element("summary", {}, "Filters"), parts) : parts;
  if (narrow) all.addEventListener("toggle", () => all.open ? OPEN.add("all") : OPEN.delete("all"));
  return element("section", { class: "filters", "aria-label": "Filters" }, all);
}
function draw(rows, found, query) {
  rows.append(...found.lines.map((line) => element("li", {}, element("a", { href: `#/sample/${line.id}?${query}` },
    element("span", { class: "kind" }, words(line.kind)),
    element("span", { class: "call mono" }, line.kind === "input" ? `${line.question?.callee || line.entry}(…)` : line.call || line.entry),
    element("span", { class: "of" }, asked(line)),
    element("span", { class: "where", title: `${line.source} ${line.path}` }, line.path),
    element("span", { class: "size", title: "Steps of the run" }, line.kind === "annotated" ? "" : counted(line.steps, "step"))))));
}
// The question in a few words.
function asked(line) {
  const question = line.question || {};
  const time = question.occurrence ? `, ${ordinal(question.occurrence)} time` : "";
  const texts = {
    state: () => `${question.variable} after line ${question.line}${time}`,
    next_line: () => `what follows line ${question.line}${time}`,
    count: () => `how often line ${question.line} runs`,
    output: () => question.stream === "stdout" ? "what is printed" : "what is returned",
    exception: () => "what is raised",
    input: () => `arguments that give ${question.output}`,
    path: () => "the lines that run, in order",
    coverage: () => "the lines that run",
    trace: () => "every event",
    annotated: () => `${question.annotation} of ${question.definition || "the code"}`,
  };
  return (texts[line.kind] || (() => words(line.kind)))();
}
