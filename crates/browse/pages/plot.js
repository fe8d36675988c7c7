"use strict";
// The run as a line: steps from left to right, lines of the program from top to bottom. Loops are seen as waves.
class Plot {
  constructor(events, last, at, go) {
    this.count = Math.max(1, last);
    const shown = events.slice(0, last + 1);
    const numbers = events.map((event) => event.line);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    this.x = (step) => 4 + 992 * step / this.count;
    const y = (line) => 6 + 48 * (line - low) / Math.max(1, high - low);
    const every = Math.max(1, Math.ceil(shown.length / 1500));
    const points = shown.filter((_, step) => step % every === 0).map((event, place) => `${this.x(place * every).toFixed(1)},${y(event.line).toFixed(1)}`);
    this.now = drawn("line", { class: "plot-now", y1: 0, y2: 60 });
    this.svg = drawn("svg", { viewBox: "0 0 1000 60", preserveAspectRatio: "none", class: "plot", "aria-hidden": "true" },
      drawn("polyline", { class: "plot-path", points: points.join(" ") }),
      at !== null && at <= last ? drawn("line", { class: "plot-asked", x1: this.x(at), x2: this.x(at), y1: 0, y2: 60 }) : "", this.now);
    const pick = (event) => {
      const box = this.svg.getBoundingClientRect();
      go(Math.round(((event.clientX - box.left) / box.width * 1000 - 4) / 992 * this.count));
    };
    this.svg.addEventListener("pointerdown", (event) => { this.svg.setPointerCapture(event.pointerId); pick(event); });
    this.svg.addEventListener("pointermove", (event) => { if (event.buttons) pick(event); });
  }
  mark(step) {
    for (const name of ["x1", "x2"]) this.now.setAttribute(name, this.x(step));
  }
}
function drawn(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}
