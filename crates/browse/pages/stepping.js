"use strict";
// The state of a run at each of its events. Nothing here knows the page.

// Locals of each frame, and which frames are open, after the events from 0 to `at`.
class Run {
  constructor(events) {
    this.events = events;
    this.reset();
  }
  reset() {
    this.at = -1;
    this.frames = new Map();
    this.stack = [];
    this.counts = new Map();
    this.left = undefined;
  }
  // The state at an event; what changed last is in `changed` of a variable.
  to(at) {
    if (at < this.at) this.reset();
    while (this.at < at && this.at + 1 < this.events.length) this.forward(this.events[++this.at]);
    return this;
  }
  forward(event) {
    if (event.event === "call") this.frames.set(event.frame, { frame: event.frame, name: event.text, locals: new Map(), line: event.line });
    const frame = this.frames.get(event.frame) || { frame: event.frame, name: "", locals: new Map(), line: event.line };
    this.frames.set(event.frame, frame);
    if (this.left !== undefined) this.stack = this.stack.filter((one) => one !== this.left);
    this.left = undefined;
    if (!this.stack.includes(event.frame)) this.stack.push(event.frame);
    frame.before = frame.line;
    frame.line = event.line;
    for (const [name, value, type, same] of event.changes || []) {
      const known = frame.locals.get(name);
      if (value === null) frame.locals.delete(name);
      else frame.locals.set(name, { value, type, same, changed: this.at, was: known?.value });
    }
    if (event.event === "line") this.counts.set(event.line, (this.counts.get(event.line) || 0) + 1);
    // A frame that ends is seen once more, with its result.
    if (["return", "yield", "raise"].includes(event.event)) this.left = event.frame;
  }
  get event() { return this.events[this.at]; }
  // The open frames, the innermost last.
  open() { return this.stack.map((frame) => this.frames.get(frame)); }
}

// The event at which a line runs next, after (or before) this one, in any frame; -1 where there is none.
function lineFrom(events, line, at, way) {
  for (let next = at + way; next >= 0 && next < events.length; next += way) {
    if (events[next].event === "line" && events[next].line === line) return next;
  }
  return -1;
}
// The next event of the same frame or of one around it: what its calls do is stepped over.
function over(events, at, way) {
  const depth = depths(events);
  for (let next = at + way; next >= 0 && next < events.length; next += way) if (depth[next] <= depth[at]) return next;
  return way > 0 ? events.length - 1 : 0;
}
const DEPTHS = new WeakMap();
function depths(events) {
  if (DEPTHS.has(events)) return DEPTHS.get(events);
  const open = [];
  const found = events.map((event) => {
    if (!open.includes(event.frame)) open.push(event.frame);
    const depth = open.indexOf(event.frame);
    if (["return", "yield", "raise"].includes(event.event)) open.splice(depth, 1);
    return depth;
  });
  DEPTHS.set(events, found);
  return found;
}
// For each sentence of a rationale the event that it is about, or -1. Sentences follow the run; where one sums up
// several lines, these are passed over.
function sentences(rationale, events) {
  let at = -1;
  return rationale.split("\n").map((text) => {
    const summed = /these run: (.*?)(;|$)/.exec(text);
    if (summed) {
      for (const [, line, times] of summed[1].matchAll(/line (\d+)(?: (\d+)x)?/g)) {
        for (let time = 0; time < Number(times || 1); time++) at = Math.max(at, lineFrom(events, Number(line), at, 1));
      }
      return [text, -1];
    }
    const found = /^Line (\d+) /.exec(text);
    const next = found ? lineFrom(events, Number(found[1]), at, 1) : -1;
    if (next >= 0) at = next;
    return [text, next];
  });
}
