"use strict";
// The dataset at a glance, and what was left out of it.
const TITLES = {
  kind: "Kind", split: "Split", source: "Repository", license: "Licence", origin: "Origin of the input", steps: "Steps of the run",
  answer_bytes: "Length of the answer in bytes", easy: "Signs of an easy question", mark: "Marks of curate, left out of exports", difficulty: "Difficulty, from 0 to 100", answer: "Answer",
};

async function overviewPage() {
  const data = await overview();
  const parts = [glance(data), kindsTable(data), signsTable(data), element("section", { "aria-label": "Distributions" },
    element("div", { class: "cards" }, data.facets.filter((facet) => !["kind", "split"].includes(facet.name) && told(facet)).map(card)))];
  const later = element("section", { "aria-labelledby": "funnel-title" },
    element("h2", { id: "funnel-title" }, "From functions to samples"), element("p", { class: "soft" }, "Counting…"));
  parts.splice(1, 0, later);
  story().then((told) => later.replaceChildren(...funnelParts(told)), (error) => later.replaceChildren(failure(error)));
  return parts;
}
// Whether a property says anything: difficulty does once samples are rated, marks once `curate` has run.
function told(facet) {
  const nothing = { difficulty: "(not rated)", mark: "(none)" }[facet.name];
  return facet.values.some(([value]) => value !== nothing);
}
function glance(data) {
  const sources = data.facets.find((facet) => facet.name === "source");
  const repositories = sources.values.length + sources.others[0];
  const figures = [[data.samples, "samples"], [data.programs, "programs"], [data.runs, "executed runs"],
    [repositories, repositories === 1 ? "repository" : "repositories"]];
  const splits = data.facets.find((facet) => facet.name === "split").values;
  return element("section", { "aria-label": "At a glance" },
    element("dl", { class: "figures" }, figures.map(([count, noun]) =>
      element("div", {}, element("dt", {}, noun), element("dd", {}, grouped(count))))),
    element("p", { class: "conditions" }, "Answers were executed", data.python ? ` by ${data.python}` : "",
      data.sandbox ? ` in sandbox ${data.sandbox}` : "", data.kinds.some((kind) => kind.kind === "annotated") ? "; those of annotated are the authors' words" : "", ". Split: ",
      splits.map(([name, count]) => `${name} ${grouped(count)}`).join(", "), "."));
}
function kindsTable(data) {
  const row = (kind) => element("tr", {},
    element("th", { scope: "row" }, element("a", { href: address({ kind: kind.kind }) }, words(kind.kind))),
    element("td", { class: "number" }, grouped(kind.samples)),
    element("td", {}, splitStack(kind)),
    element("td", { class: "number" }, `${grouped(kind.steps[1])} / ${grouped(kind.steps[2])}`),
    element("td", { class: "number" }, `${grouped(kind.answer_bytes[1])} / ${grouped(kind.answer_bytes[2])}`),
    element("td", { class: "number" }, per(kind.trivial)), element("td", { class: "number" }, per(kind.in_prompt)),
    element("td", { class: "answers" }, kind.answers.map(([answer, count]) =>
      element("a", { class: "chip", href: address({ kind: kind.kind, answer }), title: `${grouped(count)} samples of this kind` },
        element("span", { class: "mono" }, answer === "" ? "(empty)" : answer), element("b", {}, per(count / kind.samples))))));
  const head = [["kind"], ["samples", "number"], ["split"], ["steps: median / p90", "number"], ["answer bytes: median / p90", "number"],
    ["trivial", "number"], ["answer in prompt", "number"], ["most frequent short answers, share of the kind"]];
  return element("section", { "aria-labelledby": "kinds-title" }, element("h2", { id: "kinds-title" }, "Kinds of questions"),
    element("div", { class: "wide", tabindex: "0", role: "region", "aria-labelledby": "kinds-title" }, element("table", { class: "kinds" },
      element("thead", {}, element("tr", {}, head.map(([text, name]) => element("th", { scope: "col", class: name }, text)))),
      element("tbody", {}, data.kinds.map(row)))));
}
// Shares of questions that tell little, where `sample` has rated them.
function signsTable(data) {
  const kinds = data.kinds.filter((kind) => kind.rated > 0);
  if (kinds.length === 0) return null;
  const head = [...data.signs, ["wording", "tokens of the prompt besides program, setup and call"]];
  const cell = (share) => {
    const shown = element("td", { class: "number share" }, per(share));
    shown.style.setProperty("--share", String(Math.min(1, share)));
    return shown;
  };
  return element("section", { "aria-labelledby": "signs-title" }, element("h2", { id: "signs-title" }, "Less telling questions", element("small", {}, "share of each kind")),
    element("div", { class: "wide", tabindex: "0", role: "region", "aria-labelledby": "signs-title" }, element("table", { class: "signs" },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "kind"), head.map(([name, text]) => element("th", { scope: "col", class: "number", title: text }, words(name))))),
      element("tbody", {}, kinds.map((kind) => element("tr", {}, element("th", { scope: "row" }, words(kind.kind)), [...kind.signs, kind.frame].map(cell)))))),
    element("p", { class: "conditions" }, head.map(([name, text]) => [element("strong", {}, words(name)), ` ${text.replaceAll("`", "")}. `])));
}
function splitStack(kind) {
  const names = ["train", "validation", "test"];
  const label = names.map((name, at) => `${name} ${grouped(kind.splits[at])}`).join(", ");
  return element("div", { class: "stack", role: "img", "aria-label": label, title: label },
    kind.splits.map((count) => element("i", { width: `${100 * count / kind.samples}%` })));
}
function card(facet) {
  const numeric = ["steps", "answer_bytes", "difficulty"].includes(facet.name);
  const short = facet.values.filter(([value]) => facet.name !== "answer" || value !== "(longer)");
  const values = short.slice(0, 12);
  const more = short.length - values.length + facet.others[0];
  const total = facet.values.reduce((sum, [, count]) => sum + count, 0) + facet.others[1];
  const go = (value) => { location.hash = address({ [facet.name]: value }); };
  return element("div", {}, element("h3", {}, TITLES[facet.name]),
    numeric ? columns(facet.values, go) : bars(facet.name, values, total, go),
    more > 0 && !numeric ? element("p", { class: "soft" }, `and ${grouped(more)} more`) : null);
}
// A bar for each value; a click chooses it.
function bars(name, values, total, choose, chosen = []) {
  const most = Math.max(1, ...values.map(([, count]) => count));
  return element("ul", { class: "bars" }, values.map(([value, count]) => element("li", {},
    element("button", { type: "button", class: "bar", "aria-pressed": String(chosen.includes(value)), "data-key": `${name}:${value}`, title: `${value}: ${per(count / Math.max(1, total))}`,
      onclick: () => choose(value) },
    element("span", { class: "name" }, value === "" ? "(empty)" : words(value)), element("span", { class: "count" }, grouped(count)),
    element("span", { class: "track", "aria-hidden": "true" }, element("i", { width: `${100 * count / most}%` }))))));
}
function columns(values, choose) {
  const most = Math.max(1, ...values.map(([, count]) => count));
  return element("ul", { class: "steps-chart" }, values.map(([value, count]) => element("li", {},
    element("button", { type: "button", class: "column", title: `${value}: ${counted(count, "sample")}`, "aria-label": `${value}: ${counted(count, "sample")}`, onclick: () => choose(value) },
      element("i", { height: `${76 * count / most}%` }), element("span", {}, value.startsWith("over ") ? "more" : `≤ ${value.split("–").pop().replace("1000", "1k")}`)))));
}
function funnelParts(told) {
  const sum = (name) => told.funnel.sources.reduce((all, source) => all + source.own[name], 0);
  const steps = [["units", "functions and classes"], ["with_program", "with a program"], ["called", "called"], ["verified", "verified"], ["in_samples", "in samples"]];
  const all = sum("units") || 1;
  const list = element("ol", { class: "funnel" }, steps.map(([name, text]) => element("li", {},
    element("strong", {}, grouped(sum(name))), element("span", { class: "soft" }, text, name === "units" ? "" : ` · ${per(sum(name) / all)}`),
    element("i", { width: `${100 * sum(name) / all}%`, "aria-hidden": "true" }))));
  const left = told.drops.reduce((total, drop) => total + drop.count, 0);
  const { mean, programs, whole, some } = told.reached;
  const reached = programs ? `Verified runs reach ${per(mean)} of a unit's statements on average, all of them in ${grouped(whole)} of ${some ? `${grouped(programs)} programs drawn evenly` : counted(programs, "program")}. ` : "";
  return [element("h2", { id: "funnel-title" }, "From functions to samples", element("small", {}, "outside tests")), list,
    element("p", { class: "conditions" }, reached, `${counted(told.counts.files, "file")}, ${grouped(sum("units"))} functions and classes outside tests. `,
    element("a", { href: "#/left-out" }, `${grouped(left)} times something was left out`), ", each with a reason.")];
}

async function leftOutPage() {
  const told = await story();
  const why = Object.fromEntries(told.reasons);
  const stages = [...new Set(told.drops.map((drop) => drop.stage))];
  const parts = stages.map((stage) => {
    const drops = told.drops.filter((drop) => drop.stage === stage).sort((a, b) => b.count - a.count);
    return element("section", { "aria-label": stage }, element("h2", {}, words(stage),
      element("small", {}, grouped(drops.reduce((all, drop) => all + drop.count, 0)))),
    drops.map((drop) => element("details", { class: "reason" },
      element("summary", {}, element("span", { class: "number" }, grouped(drop.count)), element("span", {}, why[drop.reason], " ", element("code", {}, drop.reason))),
      element("ul", {}, drop.examples.map((one) => element("li", { class: "mono" }, one.subject, one.detail ? element("span", { class: "soft" }, ` ${one.detail}`) : null))))));
  });
  return [element("p", { class: "conditions" }, "What gave no sample, by stage and reason. Files, programs and calls are counted separately; each reason opens to examples."),
    ...parts, lostPart(told, why)];
}
function lostPart(told, why) {
  return element("section", { "aria-labelledby": "lost-title" }, element("h2", { id: "lost-title" }, "Functions and classes without a sample", element("small", {}, "outside tests")),
    told.funnel.lost.length ? null : element("p", { class: "soft" }, "There are none."),
    told.funnel.lost.map((lost) => element("details", { class: "reason" },
      element("summary", {}, element("span", { class: "number" }, grouped(lost.count)),
        element("span", {}, lost.reason ? why[lost.reason] || words(lost.reason) : "the same text is another unit's", " ", lost.reason ? element("code", {}, lost.reason) : null)),
      element("ul", {}, lost.units.map((unit) => element("li", { class: "mono" }, `${unit.path} ${unit.name}`, unit.detail ? element("span", { class: "soft" }, ` ${unit.detail}`) : null)),
        lost.count > lost.units.length ? element("li", { class: "soft" }, `and ${grouped(lost.count - lost.units.length)} more: tracestone status --why ${lost.reason}`) : null))));
}
