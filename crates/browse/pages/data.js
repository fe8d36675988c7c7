"use strict";
// Where the pages get their data: from the server, or from scripts beside a page without one (`STATIC`).
const FROM_FILES = typeof STATIC !== "undefined";
const waiting = new Map();

// Called by the script of one sample.
function take(id, sample) {
  waiting.get(id)?.(sample);
  waiting.delete(id);
}
async function fetched(path) {
  const reply = await fetch(path);
  const value = await reply.json();
  if (!reply.ok) throw new Error(value.error || reply.statusText);
  return value;
}
function loaded(id) {
  return new Promise((resolve, reject) => {
    if (!/^[0-9a-f]{32}$/.test(id)) return reject(new Error("this is no identifier of a sample"));
    const script = element("script", { src: `data/${id}.js`, onerror: () => reject(new Error("this sample is not among those of these pages")) });
    waiting.set(id, resolve);
    document.head.append(script);
    script.addEventListener("load", () => script.remove());
  });
}
const overview = async () => FROM_FILES ? STATIC.overview : fetched("api/overview");
const story = async () => FROM_FILES ? STATIC.story : fetched("api/story");
async function list(query, from, count) {
  if (!FROM_FILES) return fetched(`api/list?${query}&from=${from}&count=${count}`);
  const found = selected(query);
  return { total: found.lines.length, from, lines: found.lines.slice(from, from + count), facets: found.facets };
}
async function sample(id, query) {
  if (!FROM_FILES) return fetched(`api/sample/${encodeURIComponent(id)}?${query}`);
  const shown = await loaded(id);
  const { lines } = selected(query);
  const at = lines.findIndex((line) => line.id === id);
  const beside = (place) => at < 0 ? null : lines[place]?.id ?? null;
  shown.place = { at: at < 0 ? null : at, total: lines.length, previous: beside(at - 1), next: beside(at + 1) };
  return shown;
}

// The selection of pages without a server: what `query.rs` does, on fewer samples.
const DIMS = FROM_FILES ? STATIC.labels.map(([name]) => name) : [];
const labelOf = (line, dim) => STATIC.labels[dim][1][line.values[dim]];
function selected(query) {
  const wanted = new URLSearchParams(query);
  const chosen = DIMS.map((name) => wanted.getAll(name));
  const searched = (wanted.get("q") || "").trim().toLowerCase();
  const counts = DIMS.map(() => new Map());
  const add = (dim, line) => counts[dim].set(line.values[dim], (counts[dim].get(line.values[dim]) || 0) + 1);
  const lines = [];
  for (const line of STATIC.lines) {
    const text = [line.id, line.entry, line.path, line.call, line.source].join("\n").toLowerCase();
    if (searched && !text.includes(searched)) continue;
    const refused = chosen.flatMap((values, dim) => values.length && !values.includes(labelOf(line, dim)) ? [dim] : []);
    if (refused.length === 0) {
      lines.push(line);
      DIMS.forEach((_, dim) => add(dim, line));
    } else if (refused.length === 1) add(refused[0], line);
  }
  const orders = {
    shuffled: (a, b) => a.id < b.id ? -1 : 1,
    steps: (a, b) => b.steps - a.steps,
    answer: (a, b) => b.answer.length - a.answer.length,
  };
  const order = orders[wanted.get("order")];
  if (order) lines.sort(order);
  return { lines, facets: DIMS.map((name, dim) => facetOf(name, STATIC.labels[dim][1], counts[dim])) };
}
function facetOf(name, labels, counts) {
  const values = [...counts].sort((a, b) => a[0] - b[0]);
  if (["source", "license", "origin", "answer"].includes(name)) values.sort((a, b) => b[1] - a[1]);
  const rest = values.splice(24);
  return {
    name, values: values.map(([value, count]) => [labels[value], count]),
    others: [rest.length, rest.reduce((sum, [, count]) => sum + count, 0)],
  };
}
