"use strict";
// What the pages of `browse` share.
const words = (text) => String(text).replaceAll("_", " ");
const grouped = (count) => Number(count).toLocaleString("en").replaceAll(",", "\u202f");
const per = (share) => share === 0 ? "0 %" : share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`;
const counted = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
const ordinal = (n) => `${n}${n % 100 > 10 && n % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][n % 10] || "th"}`;
// Said to those who listen to the page.
function say(text) { byId("said").textContent = text; }

// Python as spans by line: a text may go over several.
function pythonLines(text) {
  const lines = [[]];
  for (const [name, part] of python(text)) {
    part.split("\n").forEach((piece, at) => {
      if (at > 0) lines.push([]);
      if (piece) lines[lines.length - 1].push([name, piece]);
    });
  }
  return lines;
}
function pairs(values) {
  return element("dl", { class: "pairs" }, values
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([key, value]) => element("div", {}, element("dt", {}, key), element("dd", {}, value))));
}
