"use strict";
// One sample: its question in its place, and its run to step through.
let viewer = null;

async function samplePage(id, query) {
  const shown = await sample(id, query);
  viewer = new Viewer(shown, query);
  return viewer.parts();
}

class Viewer {
  constructor(shown, query) {
    this.sample = shown;
    this.query = query;
    this.events = shown.run?.events || [];
    this.run = new Run(this.events);
    this.revealed = sessionSetting("reveal") === "always";
    this.step = 0;
    this.runs = shown.kind === "annotated" || shown.kind === "input" ? () => this.revealed : () => true;
  }
  // The last event that may be seen now.
  get last() {
    if (this.revealed) return this.events.length - 1;
    return Math.min(this.sample.run?.limit ?? 0, this.events.length - 1);
  }
  parts() {
    this.stage = element("div", { class: "stage" });
    this.card = element("section", { class: "question", "aria-labelledby": "ask-title" });
    this.draw();
    return [this.top(), this.card, this.stage, ...this.papers()];
  }
  draw() {
    this.card.replaceChildren(...this.question());
    if (this.runs() && this.events.length) {
      this.stage.replaceChildren(this.left(), this.right());
      this.go(Math.min(this.step, this.last));
    } else this.stage.replaceChildren(...this.still());
  }
  top() {
    const { place, kind, split, entry, provenance } = this.sample;
    const beside = (text, key, id) => element("button", { type: "button", title: `${text} sample (${key})`, disabled: !id,
      onclick: () => this.beside(id) }, text);
    return element("div", { class: "top" },
      element("a", { href: `#/samples?${this.query}` }, "← Samples"),
      element("p", { class: "what" }, element("strong", {}, words(kind)), ` · ${entry} · `, element("span", { class: "soft" }, `${provenance.path}, ${split}`)),
      element("span", { class: "soft number" }, place.at === null ? "" : `${grouped(place.at + 1)} of ${grouped(place.total)}`),
      beside("Previous", "P", place.previous), beside("Next", "N", place.next));
  }
  beside(id) { if (id) location.hash = `#/sample/${id}?${this.query}`; }

  question() {
    const { ask, call, setup, answer, other_answers: others, kind, facts } = this.sample;
    const wanted = this.sample.question.output;
    const called = kind === "input" ? `${this.revealed ? call : `${this.sample.question.callee || "…"}(…)`}${wanted === undefined ? "" : `  →  ${wanted}`}` : call;
    const parts = [element("h2", { id: "ask-title" }, "Question"), element("p", { class: "ask" }, inline(ask))];
    if (called) parts.push(element("div", { class: "called" },
      setup && (kind !== "input" || this.revealed) ? element("pre", {}, python(setup).map(span)) : null, element("pre", {}, python(called).map(span))));
    for (const [rule, meaning, evidence] of this.sample.marks) {
      parts.push(element("p", { class: "marked" }, element("strong", {}, `Left out of exports: ${words(rule)}`), ` – ${meaning}. `, element("span", { class: "mono" }, evidence)));
    }
    if (!this.revealed) {
      parts.push(element("p", { class: "reveal" }, element("button", { type: "button", class: "strong", id: "reveal", onclick: () => this.reveal() }, "Show the answer"),
        " ", element("kbd", {}, "R"), element("label", { class: "soft" }, element("input", { type: "checkbox", onchange: (event) => { sessionSetting("reveal", event.target.checked ? "always" : ""); if (event.target.checked) this.reveal(); } }), " always show answers")));
    } else {
      parts.push(element("div", { class: "answer", id: "answer", tabindex: "-1" }, element("h3", {}, "Answer"), copied(answer, python(answer).map(span)),
        facts.trivial.length || facts.answer_in_prompt ? element("p", { class: "flags" }, facts.trivial.map((sign) => element("span", {}, `trivial: ${words(sign)}`)),
          facts.answer_in_prompt ? element("span", {}, "the answer's text is in the program or the call") : null) : null,
        others?.length ? element("p", { class: "soft" }, "Also right: ", others.map((other) => element("code", { class: "other" }, other))) : null));
      const printed = this.sample.run?.stdout;
      if (printed) parts.push(element("details", {}, element("summary", {}, "Printed by the run"), copied(printed)));
      if (sessionSetting("reveal") === "always") {
        parts.push(element("p", { class: "soft" }, "Answers are always shown. ", element("button", { type: "button", class: "link", onclick: () => { sessionSetting("reveal", ""); route(true); } }, "Hide them first")));
      }
    }
    return parts;
  }
  reveal() {
    if (this.revealed) return;
    this.revealed = true;
    this.draw();
    byId("answer")?.focus({ preventScroll: true });
    say(`The answer is ${this.sample.answer}`);
  }

  // Without a run to step: the text alone.
  still() {
    const { kind, prompt, program } = this.sample;
    const hidden = !this.revealed && kind === "annotated";
    const note = !this.revealed && kind === "input" ? "The arguments are the answer: show it to step through the run."
      : hidden ? "The program without the text that is asked for, as the prompt shows it." : this.events.length ? "" : "There is no run to step through.";
    return [element("section", { class: "program", "aria-label": "Program" }, note ? element("p", { class: "soft" }, note) : null,
      hidden ? element("pre", { tabindex: "0" }, prompt) : codeList(program, {}).list), this.reasons()];
  }
  left() {
    const asked = this.asked();
    const { list, lines } = codeList(this.sample.program, { pick: (line) => this.toLine(line), asked });
    this.lines = lines;
    this.code = element("div", { class: "code", tabindex: "0", role: "region", "aria-label": "Program" }, list);
    return element("section", { class: "program", "aria-label": "Program and its run" }, this.controls(), this.code);
  }
  asked() {
    const { question, kind } = this.sample;
    if (!question.line || kind === "annotated") return null;
    const time = question.occurrence ? `${ordinal(question.occurrence)} time` : "";
    const texts = { state: `${question.variable} = ? after this ran the ${time}`, next_line: `what follows the ${time}?`, count: "how often?" };
    return { line: question.line, variable: question.variable, text: texts[kind] || "asked" };
  }
  controls() {
    const button = (text, name, key, act) => element("button", { type: "button", title: `${name} (${key})`, "aria-label": name, onclick: act }, text);
    this.back = button("◀", "Back", "←", () => this.go(this.step - 1));
    this.on = button("▶", "Forwards", "→", () => this.go(this.step + 1));
    this.slider = element("input", { type: "range", min: "0", max: String(Math.max(0, this.last)), value: "0", "aria-label": "Step of the run",
      oninput: () => this.go(Number(this.slider.value)) });
    this.counter = element("span", { class: "counter number" });
    this.plot = new Plot(this.events, this.revealed ? this.events.length - 1 : this.last, this.sample.run.at, (step) => this.go(step));
    const hidden = this.events.length - 1 - this.last;
    return element("div", { class: "controls", role: "group", "aria-label": "Stepping" }, this.plot.svg,
      element("div", { class: "buttons" }, button("|◀", "To the start", "Home", () => this.go(0)), this.back, this.slider, this.on,
        button("▶|", this.revealed ? "To the end" : "As far as the answer is hidden", "End", () => this.go(this.last)), this.counter),
      hidden > 0 ? element("p", { class: "soft" }, this.last === 0 ? "The run itself is the answer. " : "The run stops before it gives the answer away. ",
        element("button", { type: "button", class: "link", onclick: () => this.reveal() }, "Show all of it")) : null,
      this.sample.run.total > this.events.length ? element("p", { class: "soft" }, `The first ${grouped(this.events.length)} of ${grouped(this.sample.run.total)} events.`) : null);
  }
  right() {
    this.now = element("p", { class: "now" });
    this.frames = element("div", { class: "frames" });
    const linked = this.sample.run.linked ? element("p", { class: "soft" }, "A verified run of the same program.") : null;
    return element("div", { class: "beside" },
      element("section", { "aria-label": "State" }, linked, this.now, this.frames), this.reasons());
  }
  reasons() {
    const { rationale } = this.sample;
    if (!rationale) return element("div", {});
    const title = element("h2", { id: "why-title" }, "Reasoning");
    const why = element("section", { class: "why", "aria-labelledby": "why-title" }, title);
    this.sentences = [];
    if (!this.revealed) {
      why.append(element("p", { class: "soft" }, `${counted(rationale.split("\n").length, "sentence")}, shown with the answer.`));
      return why;
    }
    this.sentences = sentences(rationale, this.events).map(([text, at]) => ({ at, item: at >= 0
      ? element("li", {}, element("button", { type: "button", title: "Go to this step", onclick: () => this.go(at) }, inline(text)))
      : element("li", {}, inline(text)) }));
    this.list = element("ol", { tabindex: "0", "aria-labelledby": "why-title" }, this.sentences.map((one) => one.item));
    why.append(this.list);
    return why;
  }

  // Shows the state at an event.
  go(step) {
    if (!this.slider) return;
    this.step = Math.max(0, Math.min(step, this.last));
    const state = this.run.to(this.step);
    this.slider.value = String(this.step);
    this.back.disabled = this.step === 0;
    this.on.disabled = this.step >= this.last;
    this.counter.textContent = `${grouped(this.step + 1)} / ${grouped(this.revealed ? this.events.length : this.last + 1)}${this.revealed || this.last === this.events.length - 1 ? "" : " …"}`;
    this.markLines(state);
    this.plot.mark(this.step);
    this.frames.replaceChildren(...this.frameTables(state));
    const [shown, spoken] = this.sentence(state);
    this.now.replaceChildren(...shown);
    this.slider.setAttribute("aria-valuetext", spoken);
    if (document.activeElement !== this.slider) say(spoken);
    this.markReason();
  }
  markLines(state) {
    const frame = state.frames.get(state.event.frame);
    for (const [line, parts] of this.lines) {
      const current = line === state.event.line;
      parts.item.classList.toggle("current", current);
      parts.item.classList.toggle("before", !current && line === frame?.before && state.event.event !== "call");
      if (current) parts.item.setAttribute("aria-current", "step");
      else parts.item.removeAttribute("aria-current");
      const count = state.counts.get(line);
      parts.count.textContent = count ? `${count}×` : "";
    }
    const current = this.lines.get(state.event.line)?.item;
    if (!current) return;
    // Scrolls the program, not the page.
    const [top, bottom] = [current.offsetTop - 40, current.offsetTop + current.offsetHeight + 40];
    if (top < this.code.scrollTop) this.code.scrollTop = top;
    else if (bottom > this.code.scrollTop + this.code.clientHeight) this.code.scrollTop = bottom - this.code.clientHeight;
  }
  sentence(state) {
    const { event, line, text, frame } = state.event;
    const source = this.sample.program.split("\n")[line - 1]?.trim() || "";
    const name = state.frames.get(frame).name || `frame ${frame}`;
    const texts = {
      call: [`${name} is called`, ""], resume: [`${name} goes on`, ""], line: [`Line ${line} is about to run`, source],
      return: [`${name} returns`, text], yield: [`${name} yields`, text], raise: [`${name} is left by`, text],
    };
    const [said, code] = texts[event] || [event, ""];
    const changes = (state.event.changes || []).map(([variable, value]) => value === null ? `${variable} deleted` : `${variable} = ${value}`);
    const told = ["state", "next_line"].includes(this.sample.kind) || text === this.sample.answer;
    const asked = this.revealed && told && this.step === this.sample.run.at ? [element("span", { class: "asked-here" }, "the answer is seen here")] : [];
    return [[element("strong", {}, said), code ? element("code", {}, python(code).map(span)) : "", ...asked],
      `${said}${code ? `: ${code}` : ""}.${changes.length ? ` Changed: ${changes.join(", ")}.` : ""}`];
  }
  frameTables(state) {
    return state.open().reverse().map((frame, depth) => {
      const inner = depth === 0;
      const rows = [...frame.locals].map(([name, local]) => {
        const fresh = inner && local.changed === this.step;
        const asked = this.revealed && inner && this.step === this.sample.run.at && name === this.sample.question.variable;
        return element("tr", { class: [fresh ? "changed" : "", asked ? "asked" : ""].join(" ") },
          element("th", { scope: "row", class: "mono" }, name, fresh ? element("span", { class: "hidden" }, " (changed)") : null),
          element("td", { class: "mono value" }, fresh && local.was !== undefined && local.was !== local.value ? element("s", {}, local.was) : null, element("span", {}, local.value),
            local.same ? element("span", { class: "soft" }, ` the same object as ${local.same}`) : null),
          element("td", { class: "soft type" }, local.type));
      });
      return element("details", { open: inner, class: inner ? "frame inner" : "frame" },
        element("summary", {}, element("span", { class: "mono" }, frame.name || `frame ${frame.frame}`), element("span", { class: "soft" }, ` frame ${frame.frame}, line ${frame.line}`)),
        rows.length ? element("table", {}, element("caption", { class: "hidden" }, "Local variables"), element("tbody", {}, rows)) : element("p", { class: "soft" }, "no local variables yet"));
    });
  }
  markReason() {
    let current = null;
    for (const one of this.sentences || []) if (one.at >= 0 && one.at <= this.step && (!current || one.at >= current.at)) current = one;
    for (const one of this.sentences || []) one.item.classList.toggle("current", one === current);
    if (!current) return;
    const { item } = current;
    if (item.offsetTop < this.list.scrollTop || item.offsetTop + item.offsetHeight > this.list.scrollTop + this.list.clientHeight) {
      this.list.scrollTop = item.offsetTop - this.list.clientHeight / 3;
    }
  }
  toLine(line) {
    let next = lineFrom(this.events, line, this.step, 1);
    if (next < 0 || next > this.last) next = lineFrom(this.events, line, -1, 1);
    if (next >= 0 && next <= this.last) this.go(next);
    else say(`Line ${line} does not run in the part that is shown`);
  }
  toQuestion() { this.go(Math.min(this.sample.run?.at ?? this.last, this.last)); }

  // Acts on a key; says whether it did.
  key(event) {
    const { line } = this.events[this.step] || {};
    const again = (way) => { const to = lineFrom(this.events, line, this.step, way); if (to >= 0 && to <= this.last) this.go(to); };
    const acts = {
      ArrowRight: () => this.go(event.shiftKey ? over(this.events, this.step, 1) : this.step + 1),
      ArrowLeft: () => this.go(event.shiftKey ? over(this.events, this.step, -1) : this.step - 1),
      Home: () => this.go(0), End: () => this.go(this.last), "[": () => again(-1), "]": () => again(1),
      r: () => this.reveal(), q: () => this.toQuestion(), n: () => this.beside(this.sample.place.next), p: () => this.beside(this.sample.place.previous),
    };
    const act = acts[event.key] || acts[event.key.toLowerCase()];
    if (act) act();
    return Boolean(act);
  }

  // Prompt, facts and origin.
  papers() {
    const { prompt, facts, provenance, evidence, input_origin: origin, id, group } = this.sample;
    const licences = provenance.license_evidence.map((one) => `${one.license} in ${one.path}${one.line ? `:${one.line}` : ""} by ${words(one.method)}`).join("; ");
    const details = (title, body) => element("details", { class: "paper" }, element("summary", {}, title), body);
    return [element("section", { class: "papers", "aria-label": "More about this sample" },
      details("The prompt, as a model reads it", copied(prompt)),
      details("Facts", pairs(Object.entries(facts).map(([name, value]) => [words(name), Array.isArray(value) ? value.map(words).join(", ") || "none" : String(value)]))),
      details("Origin and evidence", pairs([["identifier", id], ["origin", provenance.origin], ["commit", provenance.commit], ["file", `${provenance.path}, lines ${provenance.lines.join(" to ")}`],
        ["licence", `${provenance.license}${licences ? ` (${licences})` : ""}`], ["SWHID", provenance.swhid],
        ["input", origin ? `${words(origin.kind)}${origin.path ? `, ${origin.path}${origin.line ? `:${origin.line}` : ""}` : ""}` : ""],
        ["executed", `${evidence.runs} times by ${evidence.python}, hash seeds ${evidence.hash_seeds.join(", ")}`], ["sandbox", evidence.sandbox], ["tool", evidence.tool], ["group", group], ["cluster", this.sample.cluster > 1 ? `one of ${grouped(this.sample.cluster)} programs that are nearly the same` : ""]])))];
  }
}

// A program as a list of lines with numbers, and how often each has run.
function codeList(program, { pick, asked }) {
  const lines = new Map();
  const items = pythonLines(program.replace(/\n$/, "")).map((parts, index) => {
    const line = index + 1;
    const count = element("span", { class: "count", "aria-hidden": "true" });
    const isAsked = asked?.line === line;
    const shown = isAsked && asked.variable ? parts.flatMap((part) => variables(part, asked.variable)) : parts.map(span);
    const item = element("li", { class: isAsked ? "asked" : "" }, count,
      element("span", { class: "line", onclick: pick ? () => pick(line) : null, title: pick ? "Go to the next time this line runs" : null }, String(line)),
      element("code", {}, shown), isAsked ? element("span", { class: "pill" }, asked.text) : null);
    lines.set(line, { item, count });
    return item;
  });
  return { list: element("ol", { class: "lines" }, items), lines };
}
// A part of a line with each use of the asked variable marked.
function variables([name, text], variable) {
  if (name === "py-text" || name === "py-comment") return [span([name, text])];
  return text.split(/([\p{L}\p{N}_]+)/u).filter(Boolean).map((piece) => piece === variable ? element("mark", {}, piece) : span([name, piece]));
}
// A sentence whose parts in backquotes are code.
function inline(text) {
  return text.split(/`([^`]+)`/).map((part, at) => at % 2 ? element("code", {}, part) : part);
}
// What the session remembers; pages from files may not remember anything.
const remembered = {};
function sessionSetting(name, value) {
  try {
    if (value !== undefined) sessionStorage.setItem(name, value);
    return sessionStorage.getItem(name) || "";
  } catch {
    if (value !== undefined) remembered[name] = value;
    return remembered[name] || "";
  }
}
